package dev.millrace.serving.console;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.contracts.avro.Message;
import dev.millrace.contracts.avro.RolloutTask;
import dev.millrace.contracts.avro.Sample;
import dev.millrace.contracts.avro.Score;
import dev.millrace.contracts.avro.ScoredGroup;
import dev.millrace.contracts.avro.VersionSegment;
import dev.millrace.monitor.recent.SampleBook;
import java.util.List;
import java.util.TreeMap;

/** Groups of samples as JSON. */
final class SampleJson {

  private SampleJson() {}

  static ObjectNode summary(SampleBook.Group group) {
    return Wire.object()
        .put("partition", group.partition())
        .put("offset", group.offset())
        .put("taskId", group.taskId())
        .put("run", group.run())
        .put("step", group.step())
        .put("purpose", group.purpose())
        .put("promptId", group.promptId())
        .put("worker", group.rolloutWorker())
        .put("samples", group.samples())
        .put("reward", Wire.finite(group.reward()))
        .put("tokens", group.tokens())
        .put("oldest", group.oldest())
        .put("newest", group.newest())
        .put("failure", group.failure())
        .put("scoredAt", group.scoredAt());
  }

  /** Tokens as texts, each with its log-probability; versions as ranges of tokens. */
  static ObjectNode whole(ScoredGroup scored, TokenTexts texts) {
    RolloutTask task = scored.getGroup().getTask();
    ObjectNode json =
        Wire.object()
            .put("taskId", task.getTaskId())
            .put("run", task.getRun())
            .put("step", task.getStep())
            .put("purpose", task.getPurpose().name())
            .put("policy", task.getPolicy())
            .put("promptId", task.getPromptId())
            .put("answer", task.getAnswer())
            .put("temperature", task.getSampling().getTemperature())
            .put("maxTokens", task.getSampling().getMaxTokens())
            .put("worker", scored.getGroup().getWorker())
            .put("delivery", scored.getGroup().getDeliveryCount())
            .put("rewardWorker", scored.getWorker())
            .put("failure", scored.getGroup().getFailure())
            .put("scoreFailure", scored.getFailure());
    ArrayNode prompt = json.putArray("prompt");
    for (Message message : task.getMessages()) {
      prompt.addObject().put("role", message.getRole()).put("content", message.getContent());
    }
    ArrayNode samples = json.putArray("samples");
    List<Sample> all = scored.getGroup().getSamples();
    for (int i = 0; i < all.size(); i++) {
      ObjectNode one = sample(all.get(i), texts.of(task.getPolicy(), all.get(i).getTokens()));
      if (i < scored.getScores().size()) {
        score(one, scored.getScores().get(i));
      }
      samples.add(one);
    }
    return json;
  }

  private static ObjectNode sample(Sample sample, List<String> texts) {
    ObjectNode json =
        Wire.object()
            .put("text", sample.getText())
            .put("finish", sample.getFinishReason().name())
            .put("seconds", Wire.finite((sample.getFinishedAt() - sample.getStartedAt()) / 1000.0));
    texts.forEach(json.putArray("tokens")::add);
    ArrayNode logProbs = json.putArray("logProbs");
    sample.getLogProbs().forEach(value -> logProbs.add(Wire.finite(value)));
    ArrayNode segments = json.putArray("segments");
    for (VersionSegment segment : sample.getSegments()) {
      segments
          .addObject()
          .put("version", segment.getVersion())
          .put("start", segment.getStart())
          .put("end", segment.getEnd());
    }
    return json;
  }

  private static void score(ObjectNode json, Score score) {
    json.put("reward", Wire.finite(score.getTotal()));
    ObjectNode components = json.putObject("components");
    new TreeMap<>(score.getComponents())
        .forEach((name, value) -> components.put(name, Wire.finite(value)));
  }
}
