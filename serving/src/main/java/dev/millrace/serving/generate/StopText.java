package dev.millrace.serving.generate;

import java.util.List;

/**
 * Finds the stop text that is complete first in a text that comes in pieces, and holds back as many
 * characters as may be the beginning of one, so that no part of it ever leaves.
 */
final class StopText {

  private final List<String> stops;
  private final int longest;
  private final StringBuilder held = new StringBuilder();
  private boolean found;

  StopText(List<String> stops) {
    this.stops = stops;
    this.longest = stops.stream().mapToInt(String::length).max().orElse(0);
  }

  /** Takes the next piece and returns what may go on; nothing once a stop text was found. */
  String add(String piece) {
    if (found) {
      return "";
    }
    if (stops.isEmpty()) {
      return piece;
    }
    held.append(piece);
    int at = first();
    if (at >= 0) {
      found = true;
      held.setLength(at);
    }
    int keep = found ? 0 : possibleStart();
    String out = held.substring(0, held.length() - keep);
    held.delete(0, out.length());
    return out;
  }

  /** No more pieces come: what was held back. */
  String rest() {
    String out = held.toString();
    held.setLength(0);
    return out;
  }

  boolean found() {
    return found;
  }

  /** Where the stop text begins that ends first; of several that end there, the longest. */
  private int first() {
    int first = -1;
    int firstEnd = Integer.MAX_VALUE;
    for (String stop : stops) {
      int at = held.indexOf(stop);
      int end = at + stop.length();
      if (at >= 0 && (end < firstEnd || end == firstEnd && at < first)) {
        first = at;
        firstEnd = end;
      }
    }
    return first;
  }

  /** Length of the longest end of the held text that begins a stop text. */
  private int possibleStart() {
    for (int n = Math.min(held.length(), longest - 1); n > 0; n--) {
      String tail = held.substring(held.length() - n);
      if (stops.stream().anyMatch(stop -> stop.startsWith(tail))) {
        return n;
      }
    }
    return 0;
  }
}
