package dev.millrace.learner.engine;

import dev.millrace.contracts.avro.GroupOutcome;
import dev.millrace.contracts.avro.TaskOutcome;
import dev.millrace.learner.machine.ArrivedGroup;
import dev.millrace.learner.machine.Metrics;
import dev.millrace.learner.update.TrainingSample;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Numbers of a batch or an evaluation, by name. */
final class Measures {

  private static final double ROUNDING = 1e-9;

  private Measures() {}

  private static Stream<TrainingSample> samples(Collection<ArrivedGroup> groups) {
    return groups.stream().flatMap(group -> group.group().samples().stream());
  }

  /**
   * Rewards, lengths and staleness of all groups of a batch, filtered ones included: those are the
   * policy's, whatever is learned from.
   */
  static Map<String, Double> batch(Collection<ArrivedGroup> groups, long version) {
    Map<String, Double> out = new TreeMap<>();
    var rewards = new Spread();
    var lengths = new Spread();
    var staleness = new Spread();
    Map<String, Spread> components = new TreeMap<>();
    samples(groups)
        .forEach(
            sample -> {
              rewards.add(sample.reward());
              lengths.add(sample.tokens().length);
              long age = version - oldest(sample);
              staleness.add(age);
              out.merge("staleness.%d".formatted(age), 1.0, Double::sum);
              sample
                  .components()
                  .forEach((n, v) -> components.computeIfAbsent(n, x -> new Spread()).add(v));
              if (sample.truncated()) {
                out.merge("samples.truncated", 1.0, Double::sum);
              }
            });
    out.put("samples", (double) rewards.count);
    if (rewards.count > 0) {
      out.put("reward.mean", rewards.mean());
      out.put("reward.std", rewards.std());
      components.forEach((name, spread) -> out.put("reward.component." + name, spread.mean()));
      out.put("length.mean", lengths.mean());
      out.put("length.max", lengths.max);
      out.put("staleness.mean", staleness.mean());
      out.put("staleness.max", staleness.max);
    }
    return out;
  }

  private static long oldest(TrainingSample sample) {
    long oldest = Long.MAX_VALUE;
    for (long version : sample.versions()) {
      oldest = Math.min(oldest, version);
    }
    return oldest;
  }

  /** Tasks by outcome and reason. */
  static Map<String, Double> outcomes(List<GroupOutcome> outcomes) {
    Map<String, Double> out = new TreeMap<>();
    for (GroupOutcome outcome : outcomes) {
      String name = "groups." + outcome.getOutcome().name().toLowerCase(Locale.ROOT);
      out.merge(name, 1.0, Double::sum);
      if (outcome.getReason() != null && outcome.getOutcome() != TaskOutcome.TRAINED) {
        out.merge(name + "." + outcome.getReason(), 1.0, Double::sum);
      }
    }
    return out;
  }

  /**
   * Accuracy of an evaluation, in all and by tag. A task that gave nothing counts as wrong, so that
   * lost tasks never look like progress.
   *
   * @param greedyAsked tasks of one sample that were issued
   * @param sampledAsked tasks of {@code k} samples that were issued
   * @param success the reward from which on an answer is right
   */
  static Map<String, Double> evaluation(
      List<ArrivedGroup> greedy,
      int greedyAsked,
      List<ArrivedGroup> sampled,
      int sampledAsked,
      int k,
      double success) {
    Map<String, Double> out = new TreeMap<>();
    out.put(Metrics.GREEDY, right(greedy, success) / Math.max(1, greedyAsked));
    out.put("eval.prompts", (double) greedyAsked);
    out.put("eval.missing", (double) (greedyAsked + sampledAsked - greedy.size() - sampled.size()));
    var rewards = new Spread();
    samples(greedy).forEach(sample -> rewards.add(sample.reward()));
    if (rewards.count > 0) {
      out.put("eval.reward", rewards.mean());
    }
    if (sampledAsked > 0) {
      out.put("eval.pass@" + k, right(sampled, success) / sampledAsked);
      var each = new Spread();
      samples(sampled).forEach(s -> each.add(s.reward() >= success - ROUNDING ? 1 : 0));
      out.put("eval.sampled", each.count == 0 ? 0 : each.mean());
    }
    Map<String, Spread> tags = new TreeMap<>();
    for (ArrivedGroup group : greedy) {
      double hit = right(List.of(group), success);
      group.tags().forEach(tag -> tags.computeIfAbsent(tag, x -> new Spread()).add(hit));
    }
    tags.forEach((tag, spread) -> out.put("eval.tag." + tag, spread.mean()));
    return out;
  }

  private static double right(List<ArrivedGroup> groups, double success) {
    return groups.stream().filter(group -> right(group, success) > 0).count();
  }

  /** How many samples of a group are right. */
  static int right(ArrivedGroup group, double success) {
    return (int)
        group.group().samples().stream()
            .filter(sample -> sample.reward() >= success - ROUNDING)
            .count();
  }

  /** Mean, deviation and maximum (Welford 1962). */
  private static final class Spread {

    private long count;
    private double mean;
    private double squares;
    private double max = Double.NEGATIVE_INFINITY;

    void add(double value) {
      count++;
      double before = value - mean;
      mean += before / count;
      squares += before * (value - mean);
      max = Math.max(max, value);
    }

    double mean() {
      return mean;
    }

    double std() {
      return count < 2 ? 0 : Math.sqrt(squares / (count - 1));
    }
  }
}
