package dev.millrace.monitor.audit;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reason codes as small numbers; 0 is none. */
final class Reasons {

  /** There are some dozens; a producer that invents more shares the last one. */
  static final int MOST = 2000;

  private final List<String> codes = new ArrayList<>(List.of("(no reason)"));
  private final Map<String, Integer> numbers = new HashMap<>();

  int number(CharSequence code) {
    if (code == null) {
      return 0;
    }
    String text = codes.size() < MOST ? code.toString() : "(other)";
    return numbers.computeIfAbsent(
        text,
        fresh -> {
          codes.add(fresh);
          return codes.size() - 1;
        });
  }

  String code(int number) {
    return codes.get(number);
  }
}
