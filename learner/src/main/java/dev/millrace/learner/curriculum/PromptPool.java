package dev.millrace.learner.curriculum;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * The prompts of a run up to some point of the log: where they lie, not what they say.
 *
 * @param training to be trained on
 * @param heldOut for evaluation only
 * @param answered which of those to be trained on have an answer, by their number
 * @param skipped number of prompts that cannot be used, by reason
 */
public record PromptPool(
    Prompts training, Prompts heldOut, int[] answered, Map<String, Integer> skipped) {

  /** Prompts in the order of their ids' hashes; the weight says how often one comes. */
  public record Prompts(long[] ids, long[] places, float[] weights) {

    /** How many. */
    public int size() {
      return ids.length;
    }

    Place place(int number) {
      return Place.unpack(places[number]);
    }

    boolean has(long id) {
      return Arrays.binarySearch(ids, id) >= 0;
    }
  }

  public PromptPool {
    skipped = Collections.unmodifiableMap(new TreeMap<>(skipped));
  }

  /** At most {@code most} held-out prompts, always the same for a seed, by the hash of their id. */
  List<Place> evaluation(long seed, int most) {
    int[] chosen =
        Arrays.copyOf(shuffled(heldOut.size(), seed, -1), Math.min(most, heldOut.size()));
    Arrays.sort(chosen);
    return Arrays.stream(chosen).mapToObj(heldOut::place).toList();
  }

  /**
   * The order of an epoch, which follows from seed and epoch: every prompt as often as its weight
   * says, on average over the epochs, shuffled.
   *
   * @param never prompts that are left out
   */
  int[] epoch(long seed, long epoch, Prompts never) {
    int[] copies = new int[training.size()];
    int total = 0;
    for (int i = 0; i < copies.length; i++) {
      long id = training.ids()[i];
      copies[i] = never.has(id) ? 0 : copies(training.weights()[i], Seeds.mix(seed, id), epoch);
      total = Math.addExact(total, copies[i]);
    }
    int[] order = new int[total];
    int at = 0;
    for (int i = 0; i < copies.length; i++) {
      Arrays.fill(order, at, at + copies[i], i);
      at += copies[i];
    }
    shuffle(order, new SplittableRandom(Seeds.mix(seed, epoch)));
    return order;
  }

  /**
   * How often something of a weight comes at its n-th turn: in any number of turns as often as the
   * weight says, up to one time more or less.
   *
   * @param phase any number, by which things of one weight differ
   */
  static int copies(double weight, long phase, long turn) {
    if (weight == 1) {
      return 1;
    }
    double shift = (phase >>> 11) * 0x1p-53;
    return (int) (Math.floor((turn + 1) * weight + shift) - Math.floor(turn * weight + shift));
  }

  /** A permutation of the numbers below {@code size} that follows from seed and epoch. */
  static int[] shuffled(int size, long seed, long epoch) {
    int[] order = new int[size];
    Arrays.setAll(order, i -> i);
    shuffle(order, new SplittableRandom(Seeds.mix(seed, epoch)));
    return order;
  }

  private static void shuffle(int[] order, SplittableRandom random) {
    for (int i = order.length - 1; i > 0; i--) {
      int other = random.nextInt(i + 1);
      int moved = order[i];
      order[i] = order[other];
      order[other] = moved;
    }
  }

  /** One sentence: how many, and why not more. */
  public String describe() {
    return "%d prompts to train on, %d held out%s"
        .formatted(
            training.size(), heldOut.size(), skipped.isEmpty() ? "" : ", skipped " + skipped);
  }
}
