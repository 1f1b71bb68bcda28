package dev.millrace.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.contracts.avro.RolloutTask;
import dev.millrace.contracts.avro.Sample;
import dev.millrace.contracts.avro.Score;
import dev.millrace.monitor.samples.Fate;
import dev.millrace.monitor.samples.SampleLog;
import dev.millrace.monitor.samples.SampledGroup;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;

/** Groups of samples for programs. */
final class SampleJson {

  private SampleJson() {}

  static ObjectNode of(SampleLog.Found found) {
    ObjectNode root = Api.JSON.createObjectNode().put("complete", found.complete());
    var groups = root.putArray("groups");
    found.groups().forEach(group -> group(groups.addObject(), group));
    return root;
  }

  private static void group(ObjectNode node, SampledGroup group) {
    RolloutTask task = group.task();
    node.put("task", task.getTaskId())
        .put("run", task.getRun())
        .put("step", task.getStep())
        .put("purpose", lower(task.getPurpose()))
        .put("policy", task.getPolicy())
        .put("version", task.getVersion())
        .put("prompt_id", task.getPromptId())
        .put("reward_profile", task.getRewardProfile())
        .put("answer", task.getAnswer());
    task.getTags().forEach(node.putArray("tags")::add);
    var messages = node.putArray("messages");
    task.getMessages()
        .forEach(
            message ->
                messages
                    .addObject()
                    .put("role", message.getRole())
                    .put("content", message.getContent()));
    node.put("partition", group.partition())
        .put("offset", group.offset())
        .put("sampled_by", group.scored().getGroup().getWorker())
        .put("scored_by", group.scored().getWorker())
        .put("scored_at", group.scored().getScoredAt());
    group.failure().ifPresent(reason -> node.put("failure", reason));
    fate(node.putObject("outcome"), group.fate().orElse(null));
    List<Sample> samples = group.scored().getGroup().getSamples();
    List<Score> scores = group.scored().getScores();
    var answers = node.putArray("samples");
    for (int i = 0; i < samples.size(); i++) {
      sample(answers.addObject(), group, samples.get(i), i < scores.size() ? scores.get(i) : null);
    }
  }

  private static void fate(ObjectNode node, Fate fate) {
    switch (fate) {
      case null -> node.put("state", "unknown");
      case Fate.Open open -> node.put("state", "open");
      case Fate.Ignored ignored -> node.put("state", "ignored");
      case Fate.Resolved resolved -> {
        node.put("state", lower(resolved.outcome())).put("step", resolved.step());
        resolved.reason().ifPresent(reason -> node.put("reason", reason));
      }
    }
  }

  private static void sample(ObjectNode node, SampledGroup group, Sample sample, Score score) {
    node.put("text", sample.getText())
        .put("tokens", sample.getTokens().size())
        .put("finish_reason", lower(sample.getFinishReason()))
        .put(
            "mean_log_prob",
            sample.getLogProbs().stream().mapToDouble(Float::doubleValue).average().orElse(0));
    if (score != null) {
      node.put("reward", score.getTotal());
      ObjectNode components = node.putObject("components");
      new TreeMap<>(score.getComponents()).forEach(components::put);
    }
    var versions = node.putArray("versions");
    sample
        .getSegments()
        .forEach(
            segment ->
                versions
                    .addObject()
                    .put("version", segment.getVersion())
                    .put("start", segment.getStart())
                    .put("end", segment.getEnd()));
    var staleness = group.staleness(sample);
    if (staleness.isPresent()) {
      node.put("staleness", staleness.getAsLong());
    }
  }

  private static String lower(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
