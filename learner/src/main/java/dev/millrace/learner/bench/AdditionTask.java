package dev.millrace.learner.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Addition of two numbers from 0 to 99 (or another limit), character by character: "37+45=" is to
 * be continued with "82" and the end token. One in ten unordered pairs is held out, so 45+37 never
 * gives 37+45 away.
 */
public final class AdditionTask {

  /** A problem as token ids; the answer has its end token. */
  public record Problem(int[] prompt, int[] answer) {}

  static final int END = 1;
  static final int VOCAB = 18;
  static final int MAX_ANSWER = 4;
  private static final String CHARACTERS = " $0123456789+-=*;,";

  private final int limit;

  /**
   * @param limit numbers are below it; at most 100
   */
  AdditionTask(int limit) {
    this.limit = limit;
  }

  /** A fresh problem to train on. */
  Problem training(SplittableRandom random) {
    while (true) {
      int a = random.nextInt(limit);
      int b = random.nextInt(limit);
      if (!heldOut(a, b)) {
        return problem(a, b);
      }
    }
  }

  /** The same problems in every run, at most {@code count}. */
  List<Problem> heldOut(int count) {
    var random = new SplittableRandom(999);
    Map<Integer, Problem> out = new LinkedHashMap<>();
    for (int i = 0; i < 100 * count && out.size() < count; i++) {
      int a = random.nextInt(limit);
      int b = random.nextInt(limit);
      if (heldOut(a, b)) {
        out.putIfAbsent(100 * a + b, problem(a, b));
      }
    }
    return new ArrayList<>(out.values());
  }

  private static boolean heldOut(int a, int b) {
    long pair = 100L * Math.min(a, b) + Math.max(a, b);
    return new SplittableRandom(pair).nextInt(10) == 0;
  }

  private static Problem problem(int a, int b) {
    return new Problem(tokens(a + "+" + b + "="), tokens((a + b) + "$"));
  }

  private static int[] tokens(String text) {
    return text.chars().map(CHARACTERS::indexOf).toArray();
  }
}
