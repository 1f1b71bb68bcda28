package dev.millrace.serving.structured;

import java.util.ArrayList;
import java.util.List;

/** The decimal digits of all whole numbers of a range, none of them negative. */
final class WholeNumbers {

  private WholeNumbers() {}

  /** Both ends included; {@code from} is 0 or more. */
  static Node between(long from, long to) {
    List<Node> choices = new ArrayList<>();
    long low = from;
    while (low <= to) { // one choice for each number of digits
      int digits = Long.toString(low).length();
      long last = digits >= 18 ? Long.MAX_VALUE : (long) Math.pow(10, digits) - 1;
      long high = Math.min(to, last);
      choices.add(sameLength(Long.toString(low), Long.toString(high)));
      low = high + 1;
    }
    return JsonRules.any(choices);
  }

  private static Node sameLength(String low, String high) {
    int n = low.length();
    if (n == 0) {
      return Node.EMPTY;
    }
    if (all(low, '0') && all(high, '9')) {
      return Node.repeat(JsonRules.DIGIT, n, n);
    }
    char first = low.charAt(0);
    char last = high.charAt(0);
    String lowRest = low.substring(1);
    String highRest = high.substring(1);
    if (first == last) {
      return Node.seq(Node.text(String.valueOf(first)), sameLength(lowRest, highRest));
    }
    List<Node> choices = new ArrayList<>();
    choices.add(Node.seq(Node.text(String.valueOf(first)), sameLength(lowRest, "9".repeat(n - 1))));
    if (last - first > 1) {
      choices.add(
          Node.seq(
              Node.bytes(ByteSet.range(first + 1, last - 1)),
              sameLength("0".repeat(n - 1), "9".repeat(n - 1))));
    }
    choices.add(Node.seq(Node.text(String.valueOf(last)), sameLength("0".repeat(n - 1), highRest)));
    return Node.alt(choices);
  }

  private static boolean all(String digits, char digit) {
    return digits.chars().allMatch(c -> c == digit);
  }
}
