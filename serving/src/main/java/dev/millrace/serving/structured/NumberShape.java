package dev.millrace.serving.structured;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Numbers, with bounds or without. Between bounds there are the whole numbers and, where a fraction
 * is allowed, those between two whole numbers that are both within.
 */
final class NumberShape {

  private static final long MOST = 999_999_999_999_999L;
  private static final int MOST_DIGITS = 15;
  private static final Set<String> BOUNDS =
      Set.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum");

  private NumberShape() {}

  static Node number(Place place) {
    if (place.assertions().stream().noneMatch(BOUNDS::contains)) {
      return JsonRules.NUMBER;
    }
    BigDecimal low = low(place);
    BigDecimal high = high(place);
    List<Node> choices = new ArrayList<>(List.of(integers(place, low, high)));
    long from = ceiling(low);
    long to = floor(high);
    if (from <= to - 1) { // k.f with k and k + 1 within; -k.f likewise
      Node fraction =
          Node.seq(
              Node.text("."),
              Node.repeat(Node.text("0"), 0, MOST_DIGITS - 1),
              JsonRules.NON_ZERO,
              Node.repeat(JsonRules.DIGIT, 0, MOST_DIGITS));
      if (to >= 1) {
        choices.add(Node.seq(WholeNumbers.between(Math.max(0, from), to - 1), fraction));
      }
      if (from <= -1) {
        choices.add(
            Node.seq(Node.text("-"), WholeNumbers.between(Math.max(0, -to), -from - 1), fraction));
      }
    }
    return Node.alt(choices);
  }

  static Node integer(Place place) {
    return place.assertions().stream().noneMatch(BOUNDS::contains)
        ? JsonRules.INTEGER
        : integers(place, low(place), high(place));
  }

  private static Node integers(Place place, BigDecimal low, BigDecimal high) {
    long from = ceiling(low);
    long to = floor(high);
    if (place.has("exclusiveMinimum")
        && low.compareTo(BigDecimal.valueOf(from)) == 0
        && equal(place, "exclusiveMinimum", low)) {
      from++;
    }
    if (place.has("exclusiveMaximum")
        && high.compareTo(BigDecimal.valueOf(to)) == 0
        && equal(place, "exclusiveMaximum", high)) {
      to--;
    }
    List<Node> choices = new ArrayList<>();
    if (to >= 0 && from <= to) {
      choices.add(WholeNumbers.between(Math.max(0, from), to));
    }
    if (from < 0 && from <= to) {
      choices.add(Node.seq(Node.text("-"), WholeNumbers.between(Math.max(1, -to), -from)));
    }
    return JsonRules.any(choices);
  }

  private static boolean equal(Place place, String keyword, BigDecimal bound) {
    return value(place, keyword).compareTo(bound) == 0;
  }

  private static BigDecimal low(Place place) {
    BigDecimal low = BigDecimal.valueOf(-MOST);
    for (String keyword : List.of("minimum", "exclusiveMinimum")) {
      low = place.has(keyword) ? low.max(value(place, keyword)) : low;
    }
    return low;
  }

  private static BigDecimal high(Place place) {
    BigDecimal high = BigDecimal.valueOf(MOST);
    for (String keyword : List.of("maximum", "exclusiveMaximum")) {
      high = place.has(keyword) ? high.min(value(place, keyword)) : high;
    }
    return high;
  }

  private static BigDecimal value(Place place, String keyword) {
    JsonNode node = place.get(keyword);
    if (!node.isNumber()) {
      throw place.wrong(keyword, "it has to be a number.");
    }
    BigDecimal value = node.decimalValue();
    if (value.abs().compareTo(BigDecimal.valueOf(MOST)) > 0) {
      throw place.wrong(keyword, "it is supported between -" + MOST + " and " + MOST + ".");
    }
    return value;
  }

  private static long ceiling(BigDecimal value) {
    return value.setScale(0, RoundingMode.CEILING).longValueExact();
  }

  private static long floor(BigDecimal value) {
    return value.setScale(0, RoundingMode.FLOOR).longValueExact();
  }
}
