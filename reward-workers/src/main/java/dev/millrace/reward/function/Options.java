package dev.millrace.reward.function;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The options of one reward function in a profile. What nobody read is refused: it is misspelt. */
public final class Options {

  private final ObjectNode node;
  private final Set<String> read = new TreeSet<>();

  public Options(ObjectNode node) {
    this.node = node;
  }

  private Optional<JsonNode> value(String name) {
    read.add(name);
    return Optional.ofNullable(node.get(name)).filter(value -> !value.isNull());
  }

  public Optional<String> text(String name) {
    return value(name).map(v -> v.isTextual() ? v.textValue() : wrong(name, v, "a string"));
  }

  /** An object, as it is written. */
  public Optional<JsonNode> object(String name) {
    return value(name).map(v -> v.isObject() ? v : wrong(name, v, "an object"));
  }

  /** A time in milliseconds. */
  public Duration millis(String name, int otherwise) {
    return Duration.ofMillis(integer(name, 1, 3_600_000).orElse(otherwise));
  }

  public boolean flag(String name, boolean otherwise) {
    return value(name)
        .map(v -> v.isBoolean() ? (Boolean) v.booleanValue() : wrong(name, v, "true or false"))
        .orElse(otherwise);
  }

  /** A whole number between {@code min} and {@code max}, both included. */
  public Optional<Integer> integer(String name, int min, int max) {
    return value(name)
        .map(
            v ->
                v.canConvertToInt()
                        && v.isIntegralNumber()
                        && v.intValue() >= min
                        && v.intValue() <= max
                    ? (Integer) v.intValue()
                    : wrong(name, v, "a whole number from " + min + " to " + max));
  }

  /** Any finite number. */
  public double number(String name, double otherwise) {
    return value(name)
        .map(v -> v.isNumber() ? (Double) v.doubleValue() : wrong(name, v, "a number"))
        .orElse(otherwise);
  }

  /** A number of 0 or more, as it is written. */
  public BigDecimal amount(String name, BigDecimal otherwise) {
    return value(name)
        .map(
            v ->
                v.isNumber() && v.decimalValue().signum() >= 0
                    ? v.decimalValue()
                    : Options.<BigDecimal>wrong(name, v, "a number of 0 or more"))
        .orElse(otherwise);
  }

  public List<String> texts(String name, List<String> otherwise) {
    Optional<JsonNode> value = value(name);
    if (value.isEmpty()) {
      return otherwise;
    }
    JsonNode list = value.get();
    List<String> texts = new java.util.ArrayList<>();
    if (!list.isArray() || list.isEmpty()) {
      return wrong(name, list, "a list of strings");
    }
    list.forEach(
        v -> texts.add(v.isTextual() ? v.textValue() : wrong(name, list, "a list of strings")));
    return List.copyOf(texts);
  }

  /** One of the constants of {@code type}, written in lower case with hyphens. */
  public <E extends Enum<E>> E choice(String name, Class<E> type, E otherwise) {
    Optional<String> text = text(name);
    if (text.isEmpty()) {
      return otherwise;
    }
    for (E constant : type.getEnumConstants()) {
      if (written(constant).equals(text.get())) {
        return constant;
      }
    }
    return wrong(
        name,
        node.get(name),
        "one of "
            + Arrays.stream(type.getEnumConstants())
                .map(Options::written)
                .collect(Collectors.joining(", ")));
  }

  private static String written(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  void refuseUnread() {
    for (var field : node.properties()) {
      if (!read.contains(field.getKey())) {
        throw new IllegalArgumentException(
            "option '%s' is not known; there are %s".formatted(field.getKey(), read));
      }
    }
  }

  private static <T> T wrong(String name, JsonNode value, String wanted) {
    throw new IllegalArgumentException(
        "option '" + name + "' is " + value + " but must be " + wanted);
  }
}
