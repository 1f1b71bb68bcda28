package dev.millrace.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.contracts.avro.RolloutTask;
import dev.millrace.contracts.avro.Score;
import dev.millrace.contracts.avro.ScoredGroup;
import dev.millrace.reward.Rescorer.Rescored;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Scores as they are in the log beside those that other rewards gave. */
final class ScoreComparison {

  private static final double EQUAL = 1e-9;
  private static final String TOTAL = "total";

  private final Map<String, ScorePairs> rewards = new LinkedHashMap<>();
  private final Map<String, Integer> failures = new TreeMap<>();
  private int groups;
  private int samples;
  private int changed;
  private int bestChanged;
  private int scoredNow;

  ScoreComparison() {
    rewards.put(TOTAL, new ScorePairs());
  }

  /** Takes a group as it was and as it would have been. */
  void add(ScoredGroup old, Rescored now) {
    groups++;
    if (now.failure().isPresent()) {
      failures.merge(now.failure().get(), 1, Integer::sum);
      return;
    }
    List<Score> before = old.getScores();
    List<Score> after = now.scores();
    samples += after.size();
    if (before.size() != after.size()) {
      scoredNow++;
      after.forEach(score -> add(null, score));
      return;
    }
    boolean different = false;
    for (int i = 0; i < after.size(); i++) {
      add(before.get(i), after.get(i));
      different |= Math.abs(before.get(i).getTotal() - after.get(i).getTotal()) > EQUAL;
    }
    changed += different ? 1 : 0;
    bestChanged += best(before) != best(after) ? 1 : 0;
  }

  private void add(Score old, Score now) {
    rewards.get(TOTAL).add(old == null ? null : old.getTotal(), now.getTotal());
    Map<String, Double> before = old == null ? Map.of() : old.getComponents();
    before.forEach((name, value) -> component(name).add(value, now.getComponents().get(name)));
    now.getComponents()
        .forEach(
            (name, value) -> {
              if (!before.containsKey(name)) {
                component(name).add(null, value);
              }
            });
  }

  private ScorePairs component(String name) {
    return rewards.computeIfAbsent(name, unknown -> new ScorePairs());
  }

  private static int best(List<Score> scores) {
    int best = 0;
    for (int i = 1; i < scores.size(); i++) {
      if (scores.get(i).getTotal() > scores.get(best).getTotal() + EQUAL) {
        best = i;
      }
    }
    return best;
  }

  /** Whether there were groups, and all of them have scores now. */
  boolean isWhole() {
    return groups > 0 && failures.isEmpty();
  }

  void print(Screen screen) {
    if (groups == 0) {
      screen.line("the log has no such groups");
      return;
    }
    var table =
        new Table(
            "reward",
            "samples",
            "old mean",
            "new mean",
            "old std",
            "new std",
            "correlation",
            "changed");
    rewards.forEach(
        (name, pairs) ->
            table.row(
                name,
                pairs.count(),
                pairs.old().mean(),
                pairs.now().mean(),
                pairs.old().std(),
                pairs.now().std(),
                pairs.correlation(),
                pairs.changed()));
    table.print(screen);
    screen.line(
        "%,d groups, %,d samples: the scores of %,d groups changed, and in %,d another answer is the best"
            .formatted(groups, samples, changed, bestChanged));
    if (scoredNow > 0) {
      screen.line("%,d groups that had no scores have some now".formatted(scoredNow));
    }
    failures.forEach(
        (reason, number) ->
            screen.line(screen.bad("%,d groups have no scores: ".formatted(number)) + reason));
  }

  ObjectNode json() {
    ObjectNode node =
        Api.JSON
            .createObjectNode()
            .put("groups", groups)
            .put("samples", samples)
            .put("changed_groups", changed)
            .put("best_changed_groups", bestChanged)
            .put("scored_now_groups", scoredNow);
    ObjectNode failed = node.putObject("failed_groups");
    failures.forEach(failed::put);
    ArrayNode list = node.putArray("rewards");
    rewards.forEach(
        (name, pairs) ->
            list.addObject()
                .put("reward", name)
                .put("samples", pairs.count())
                .put("old_mean", pairs.old().mean())
                .put("new_mean", pairs.now().mean())
                .put("old_std", pairs.old().std())
                .put("new_std", pairs.now().std())
                .put("correlation", pairs.correlation())
                .put("changed", pairs.changed()));
    return node;
  }

  /** A group as one line. */
  static ObjectNode line(ScoredGroup old, Rescored now) {
    RolloutTask task = old.getGroup().getTask();
    ObjectNode node =
        Api.JSON
            .createObjectNode()
            .put("task", task.getTaskId())
            .put("run", task.getRun())
            .put("prompt", task.getPromptId())
            .put("purpose", task.getPurpose().name().toLowerCase(Locale.ROOT))
            .put("answer", task.getAnswer());
    now.failure().ifPresent(reason -> node.put("failure", reason).put("detail", now.detail()));
    ArrayNode samples = node.putArray("samples");
    for (int i = 0; i < old.getGroup().getSamples().size(); i++) {
      ObjectNode sample =
          samples.addObject().put("text", old.getGroup().getSamples().get(i).getText());
      if (i < old.getScores().size()) {
        put(sample.putObject("old"), old.getScores().get(i));
      }
      if (i < now.scores().size()) {
        put(sample.putObject("new"), now.scores().get(i));
      }
    }
    return node;
  }

  private static void put(ObjectNode node, Score score) {
    node.put("total", score.getTotal());
    ObjectNode components = node.putObject("components");
    new TreeMap<>(score.getComponents()).forEach(components::put);
  }
}
