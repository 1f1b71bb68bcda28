package dev.millrace.cli;

import dev.millrace.contracts.avro.Message;
import dev.millrace.contracts.avro.Prompt;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * The task that the demo learns: the sum of two numbers from 0 to 99, written character by
 * character. One unordered pair in ten is held out, so that 45+37 never gives away 37+45.
 */
final class AdditionTask {

  /** Tag of every prompt, by which a run selects them. */
  static final String TAG = "addition";

  private static final int BELOW = 100;
  private static final int HELD_OUT = 500;
  private static final long SPLIT_SEED = 999;

  private AdditionTask() {}

  /** All problems for training, and 500 of the held-out ones; the same on every machine. */
  static List<Prompt> prompts() {
    var random = new SplittableRandom(SPLIT_SEED);
    boolean[][] held = new boolean[BELOW][BELOW];
    for (int a = 0; a < BELOW; a++) {
      for (int b = a; b < BELOW; b++) {
        held[a][b] = random.nextInt(10) == 0;
        held[b][a] = held[a][b];
      }
    }
    List<Prompt> training = new ArrayList<>();
    List<Prompt> heldOut = new ArrayList<>();
    for (int a = 0; a < BELOW; a++) {
      for (int b = 0; b < BELOW; b++) {
        (held[a][b] ? heldOut : training).add(prompt(a, b, held[a][b]));
      }
    }
    for (int i = heldOut.size() - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      Prompt swapped = heldOut.set(i, heldOut.get(j));
      heldOut.set(j, swapped);
    }
    List<Prompt> all = new ArrayList<>(training);
    all.addAll(heldOut.subList(0, HELD_OUT));
    return all;
  }

  /** What is typed for a problem, for example {@code 37+45=}. */
  static String question(int a, int b) {
    return a + "+" + b + "=";
  }

  private static Prompt prompt(int a, int b, boolean heldOut) {
    boolean carries = a % 10 + b % 10 >= 10;
    return new Prompt(
        "add-" + a + "-" + b,
        List.of(new Message("user", question(a, b))),
        String.valueOf(a + b),
        "exact",
        List.of(TAG, carries ? "carry" : "no-carry"),
        Map.of(),
        heldOut,
        System.currentTimeMillis());
  }
}
