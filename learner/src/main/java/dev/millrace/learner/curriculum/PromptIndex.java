package dev.millrace.learner.curriculum;

import com.carrotsearch.hppc.LongIntHashMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What is known of the prompts of a log, without their texts: some forty bytes a prompt. Of several
 * prompts with one id the newest counts. Prompts are told apart by a hash of their id.
 */
final class PromptIndex {

  private static final byte TRAINING = 0;
  private static final byte ANSWERED = 1;
  private static final byte HELD_OUT = 2;
  private static final byte FIRST_REASON = 3;

  private final PromptRule rule;
  private final LongIntHashMap rows = new LongIntHashMap();
  private final List<String> reasons = new ArrayList<>();
  private long[] places = new long[1024];
  private long[] times = new long[1024];
  private float[] weights = new float[1024];
  private byte[] uses = new byte[1024];
  private int size;

  PromptIndex(PromptRule rule) {
    this.rule = rule;
  }

  private void grow() {
    int length = size * 2;
    places = Arrays.copyOf(places, length);
    times = Arrays.copyOf(times, length);
    weights = Arrays.copyOf(weights, length);
    uses = Arrays.copyOf(uses, length);
  }

  void add(PromptSource.Logged logged) {
    long id = Seeds.id(logged.prompt().getId());
    int row = rows.getOrDefault(id, size);
    if (row == size) {
      if (size == places.length) {
        grow();
      }
      rows.put(id, size++);
    } else if (!isNewer(logged, row)) {
      return;
    }
    places[row] = logged.place().packed();
    times[row] = logged.timestamp();
    switch (rule.of(logged.prompt())) {
      case PromptRule.Use.Training training -> {
        uses[row] = training.answered() ? ANSWERED : TRAINING;
        weights[row] = (float) training.weight();
      }
      case PromptRule.Use.HeldOut held -> uses[row] = HELD_OUT;
      case PromptRule.Use.None none -> uses[row] = (byte) (FIRST_REASON + number(none.reason()));
    }
  }

  /** A key stays in its partition unless their number changed: then the later in time counts. */
  private boolean isNewer(PromptSource.Logged logged, int row) {
    Place old = Place.unpack(places[row]);
    Place place = logged.place();
    if (place.partition() == old.partition()) {
      return place.offset() > old.offset();
    }
    return logged.timestamp() > times[row]
        || logged.timestamp() == times[row] && place.partition() > old.partition();
  }

  private int number(String reason) {
    int number = reasons.indexOf(reason);
    if (number < 0) {
      reasons.add(reason);
      number = reasons.size() - 1;
    }
    return number;
  }

  /** What there is, sorted by the hash of the id, so that the order says nothing about the time. */
  PromptPool pool() {
    long[] ids = rows.keys().toArray();
    Arrays.sort(ids);
    Map<String, Integer> skipped = new TreeMap<>();
    var training = new Columns(ids.length);
    var heldOut = new Columns(ids.length);
    int[] answered = new int[ids.length];
    int answers = 0;
    for (long id : ids) {
      int row = rows.get(id);
      switch (uses[row]) {
        case TRAINING -> training.add(id, places[row], weights[row]);
        case ANSWERED -> {
          answered[answers++] = training.size;
          training.add(id, places[row], weights[row]);
        }
        case HELD_OUT -> heldOut.add(id, places[row], 1);
        default -> skipped.merge(reasons.get(uses[row] - FIRST_REASON), 1, Integer::sum);
      }
    }
    skipped.remove(PromptRule.OTHER);
    return new PromptPool(
        training.prompts(), heldOut.prompts(), Arrays.copyOf(answered, answers), skipped);
  }

  private static final class Columns {

    private final long[] ids;
    private final long[] places;
    private final float[] weights;
    private int size;

    Columns(int most) {
      ids = new long[most];
      places = new long[most];
      weights = new float[most];
    }

    void add(long id, long place, float weight) {
      ids[size] = id;
      places[size] = place;
      weights[size++] = weight;
    }

    PromptPool.Prompts prompts() {
      return new PromptPool.Prompts(
          Arrays.copyOf(ids, size), Arrays.copyOf(places, size), Arrays.copyOf(weights, size));
    }
  }
}
