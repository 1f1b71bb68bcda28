package dev.millrace.cli.bench;

import dev.millrace.contracts.avro.Message;
import dev.millrace.contracts.avro.Prompt;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Sums whose answers differ in length by ten times: two numbers from 0 to 99 are to be answered at
 * once, {@code 37+45=} with {@code 82}; two from 100 to 999, asked with a star, step by step,
 * {@code 678*945=} with {@code 8+5+0=13;7+4+1=12;6+9+1=16;1623}. One unordered pair in ten is held
 * out.
 */
final class WorkedSums {

  /** Tag of every prompt. */
  static final String TAG = "worked-sums";

  /** Characters of the longest answer, its end token included. */
  static final int LONGEST = 32;

  private static final long SPLIT_SEED = 777;

  private final List<Prompt> training = new ArrayList<>();
  private final List<Prompt> heldOut = new ArrayList<>();
  private final SplittableRandom random = new SplittableRandom(SPLIT_SEED);

  /**
   * The same on every machine.
   *
   * @param train prompts to train on
   * @param held prompts that are held out
   * @param worked share of those that are worked step by step
   */
  static List<Prompt> prompts(int train, int held, double worked) {
    var sums = new WorkedSums();
    sums.draw(train, held, worked);
    List<Prompt> all = new ArrayList<>(sums.training);
    all.addAll(sums.heldOut);
    return all;
  }

  private void draw(int train, int held, double worked) {
    while (training.size() < train || heldOut.size() < held) {
      boolean stepwise = random.nextDouble() < worked;
      int a = stepwise ? random.nextInt(100, 1000) : random.nextInt(100);
      int b = stepwise ? random.nextInt(100, 1000) : random.nextInt(100);
      List<Prompt> to = isHeldOut(a, b) ? heldOut : training;
      if (to.size() < (to == heldOut ? held : train)) {
        to.add(prompt(to.size(), a, b, stepwise, to == heldOut));
      }
    }
  }

  private static boolean isHeldOut(int a, int b) {
    long pair = 1000L * Math.min(a, b) + Math.max(a, b);
    return new SplittableRandom(pair).nextInt(10) == 0;
  }

  private static Prompt prompt(int number, int a, int b, boolean stepwise, boolean heldOut) {
    return new Prompt(
        (heldOut ? "held-" : "sum-") + number,
        List.of(new Message("user", a + (stepwise ? "*" : "+") + b + "=")),
        stepwise ? worked(a, b) : String.valueOf(a + b),
        "exact",
        List.of(TAG, stepwise ? "long" : "short"),
        Map.of(),
        heldOut,
        System.currentTimeMillis());
  }

  /** Digit by digit from the right, each with what is carried to it, then the sum. */
  static String worked(int a, int b) {
    var steps = new StringBuilder();
    int carry = 0;
    for (int place = 1; place <= 100; place *= 10) {
      int x = a / place % 10;
      int y = b / place % 10;
      int sum = x + y + carry;
      steps.append("%d+%d+%d=%02d;".formatted(x, y, carry, sum));
      carry = sum / 10;
    }
    return steps.append(a + b).toString();
  }
}
