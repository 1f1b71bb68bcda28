package dev.millrace.preprocess.parse;

import dev.millrace.preprocess.document.Reason;
import dev.millrace.preprocess.document.RejectedException;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.TextNode;
import org.xml.sax.Attributes;
import org.xml.sax.helpers.DefaultHandler;

/** Builds a tree of elements from Tika's XHTML events, within limits of depth and text. */
final class TikaTree extends DefaultHandler {

  private static final Set<String> IGNORED = Set.of("head", "title", "meta", "script", "style");

  /** A word that a line break parted. */
  private static final Pattern HYPHENATED = Pattern.compile("(?<=\\p{L})-\\n(?=\\p{Ll})");

  private final ParseLimits limits;
  private final Element root = new Element("body");
  private final StringBuilder text = new StringBuilder();
  private Element current = root;
  private int ignored;
  private int depth;
  private long chars;
  private RejectedException rejection;

  TikaTree(ParseLimits limits) {
    this.limits = limits;
  }

  Element root() {
    flush();
    return root;
  }

  /** Why the document was stopped, where it was: Tika swallows some exceptions on the way. */
  Optional<RejectedException> rejection() {
    return Optional.ofNullable(rejection);
  }

  @Override
  public void startElement(String uri, String local, String name, Attributes attributes) {
    flush();
    depth++;
    if (depth > limits.maxDepth()) {
      reject(
          new RejectedException(
              Reason.PARSE_DEPTH,
              "its elements are nested more than " + limits.maxDepth() + " levels deep"));
    }
    String tag = tag(local, name);
    if (ignored > 0 || IGNORED.contains(tag)) {
      ignored++;
    } else {
      current = current.appendElement(tag);
    }
  }

  @Override
  public void endElement(String uri, String local, String name) {
    flush();
    depth--;
    if (ignored > 0) {
      ignored--;
    } else if (current != root) {
      current = current.parent();
    }
  }

  @Override
  public void characters(char[] data, int start, int length) {
    if (ignored > 0) {
      return;
    }
    chars += length;
    if (chars > limits.maxChars()) {
      reject(BlockBuilder.swell(limits.maxChars()));
    }
    text.append(data, start, length);
  }

  @Override
  public void ignorableWhitespace(char[] data, int start, int length) {
    characters(data, start, length);
  }

  private void reject(RejectedException why) {
    rejection = rejection == null ? why : rejection;
    throw rejection;
  }

  private void flush() {
    if (!text.isEmpty()) {
      current.appendChild(new TextNode(HYPHENATED.matcher(text).replaceAll("")));
      text.setLength(0);
    }
  }

  private static String tag(String local, String name) {
    String tag = local == null || local.isEmpty() ? name : local;
    tag = tag.toLowerCase(Locale.ROOT);
    return tag.matches("[a-z][a-z0-9]{0,20}") && !tag.equals("html") && !tag.equals("body")
        ? tag
        : "div";
  }
}
