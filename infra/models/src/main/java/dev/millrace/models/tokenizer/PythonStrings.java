package dev.millrace.models.tokenizer;

import com.hubspot.jinjava.objects.collections.PyList;
import java.beans.FeatureDescriptor;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import jinjava.javax.el.ELContext;
import jinjava.javax.el.ELResolver;
import jinjava.javax.el.MethodNotFoundException;

/**
 * Strings as templates know them: Python's methods and indices. Java's own methods of the same name
 * mean other things (split takes a pattern) and are out of reach.
 */
final class PythonStrings extends ELResolver {

  @Override
  public Object getValue(ELContext context, Object base, Object property) {
    if (!(base instanceof String text) || !String.valueOf(property).matches("-?\\d{1,9}")) {
      return null;
    }
    context.setPropertyResolved(true);
    int length = text.codePointCount(0, text.length());
    int index = Integer.parseInt(property.toString());
    index = index < 0 ? index + length : index;
    if (index < 0 || index >= length) {
      return null;
    }
    return Character.toString(text.codePointAt(text.offsetByCodePoints(0, index)));
  }

  @Override
  public Object invoke(
      ELContext context, Object base, Object method, Class<?>[] types, Object[] arguments) {
    if (!(base instanceof String text)) {
      return null;
    }
    context.setPropertyResolved(true);
    Object[] args = arguments == null ? new Object[0] : arguments;
    String first = args.length > 0 ? String.valueOf(args[0]) : null;
    String second = args.length > 1 ? String.valueOf(args[1]) : null;
    return switch (method + "/" + args.length) {
      case "strip/0" -> strip(text, null, true, true);
      case "strip/1" -> strip(text, first, true, true);
      case "lstrip/0" -> strip(text, null, true, false);
      case "lstrip/1" -> strip(text, first, true, false);
      case "rstrip/0" -> strip(text, null, false, true);
      case "rstrip/1" -> strip(text, first, false, true);
      case "startswith/1" -> matches(args[0], text::startsWith);
      case "endswith/1" -> matches(args[0], text::endsWith);
      case "removeprefix/1" -> text.startsWith(first) ? text.substring(first.length()) : text;
      case "removesuffix/1" ->
          text.endsWith(first) ? text.substring(0, text.length() - first.length()) : text;
      case "split/0" -> new PyList(new ArrayList<>(words(text)));
      case "split/1" -> split(text, first, Integer.MAX_VALUE);
      case "split/2" -> split(text, first, Integer.parseInt(second));
      case "splitlines/0" -> new PyList(new ArrayList<>(text.lines().toList()));
      case "replace/2" -> text.replace(first, second);
      case "upper/0" -> text.toUpperCase(Locale.ROOT);
      case "lower/0" -> text.toLowerCase(Locale.ROOT);
      case "capitalize/0" -> capitalize(text);
      case "title/0" -> title(text);
      case "find/1" -> (long) text.indexOf(first);
      case "count/1" -> (long) split(text, first, Integer.MAX_VALUE).size() - 1;
      case "join/1" -> join(text, args[0]);
      case "isdigit/0" -> !text.isEmpty() && text.codePoints().allMatch(Character::isDigit);
      default ->
          throw new MethodNotFoundException(
              "strings have no method %s with %d arguments here".formatted(method, args.length));
    };
  }

  private interface Test {
    boolean holds(String part);
  }

  /** Python takes a string or a tuple of them. */
  private static boolean matches(Object parts, Test test) {
    return parts instanceof Collection<?> many
        ? many.stream().anyMatch(part -> test.holds(String.valueOf(part)))
        : test.holds(String.valueOf(parts));
  }

  private static String strip(String text, String characters, boolean left, boolean right) {
    int from = 0;
    int to = text.length();
    while (left && from < to && strips(text.charAt(from), characters)) {
      from++;
    }
    while (right && from < to && strips(text.charAt(to - 1), characters)) {
      to--;
    }
    return text.substring(from, to);
  }

  private static boolean strips(char c, String characters) {
    return characters == null
        ? Character.isWhitespace(c) || Character.isSpaceChar(c)
        : characters.indexOf(c) >= 0;
  }

  private static List<String> words(String text) {
    String stripped = strip(text, null, true, true);
    return stripped.isEmpty() ? List.of() : List.of(stripped.split("[\\s\\p{Z}]+"));
  }

  private static PyList split(String text, String separator, int limit) {
    if (separator.isEmpty()) {
      throw new IllegalStateException("split needs a separator that is not empty");
    }
    List<Object> parts = new ArrayList<>();
    int from = 0;
    for (int at = text.indexOf(separator); at >= 0 && parts.size() < limit; ) {
      parts.add(text.substring(from, at));
      from = at + separator.length();
      at = text.indexOf(separator, from);
    }
    parts.add(text.substring(from));
    return new PyList(parts);
  }

  private static String capitalize(String text) {
    return text.isEmpty()
        ? text
        : text.substring(0, 1).toUpperCase(Locale.ROOT)
            + text.substring(1).toLowerCase(Locale.ROOT);
  }

  private static String title(String text) {
    StringBuilder out = new StringBuilder();
    boolean inWord = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      out.append(inWord ? Character.toLowerCase(c) : Character.toTitleCase(c));
      inWord = Character.isLetter(c);
    }
    return out.toString();
  }

  private static String join(String separator, Object parts) {
    if (!(parts instanceof Collection<?> many)) {
      throw new IllegalStateException("join needs a list");
    }
    return many.stream().map(String::valueOf).collect(Collectors.joining(separator));
  }

  @Override
  public Class<?> getType(ELContext context, Object base, Object property) {
    return null;
  }

  @Override
  public void setValue(ELContext context, Object base, Object property, Object value) {
    // Strings cannot be changed; other resolvers are asked.
  }

  @Override
  public boolean isReadOnly(ELContext context, Object base, Object property) {
    return true;
  }

  @Override
  public Iterator<FeatureDescriptor> getFeatureDescriptors(ELContext context, Object base) {
    return null;
  }

  @Override
  public Class<?> getCommonPropertyType(ELContext context, Object base) {
    return null;
  }
}
