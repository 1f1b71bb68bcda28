package dev.millrace.reward.function;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/**
 * Scores of a service of the user's own. A group is one call: {@code {"messages": [{"role",
 * "content"}], "answer", "tags", "completions": ["..."]}}, answered by {@code {"scores": [0.5]}},
 * one a completion. Options: {@code min} and {@code max} of its scores (0 and 1), {@code
 * needs-answer} (false) and those of {@link ServiceCalls}.
 */
final class HttpReward implements RewardFunction {

  private final ServiceCalls calls;
  private final double min;
  private final double max;
  private final boolean needsAnswer;

  private HttpReward(ServiceCalls calls, double min, double max, boolean needsAnswer) {
    this.calls = calls;
    this.min = min;
    this.max = max;
    this.needsAnswer = needsAnswer;
  }

  static HttpReward from(Options options) {
    double min = options.number("min", 0);
    double max = options.number("max", 1);
    if (!(min < max)) {
      throw new IllegalArgumentException(
          "option 'min' is " + min + " but must be below 'max', which is " + max);
    }
    return new HttpReward(
        ServiceCalls.from(options, ""), min, max, options.flag("needs-answer", false));
  }

  @Override
  public double min() {
    return min;
  }

  @Override
  public double max() {
    return max;
  }

  @Override
  public boolean needsAnswer() {
    return needsAnswer;
  }

  @Override
  public double score(RewardInput input) {
    return scoreAll(List.of(input)).getFirst();
  }

  @Override
  public List<Double> scoreAll(List<RewardInput> group) {
    JsonNode scores = calls.post(body(group)).path("scores");
    if (!scores.isArray() || scores.size() != group.size()) {
      throw nonsense("must answer {\"scores\": [...]} with " + group.size() + " numbers");
    }
    List<Double> out = new ArrayList<>();
    for (JsonNode score : scores) {
      if (!score.isNumber()) {
        throw nonsense("gave " + score + " as a score");
      }
      out.add(score.doubleValue());
    }
    return out;
  }

  private RewardException nonsense(String what) {
    return new RewardException("scorer-nonsense", calls.url() + " " + what);
  }

  private static ObjectNode body(List<RewardInput> group) {
    RewardInput first = group.getFirst();
    ObjectNode body = StrictJson.mapper().createObjectNode();
    ArrayNode messages = body.putArray("messages");
    first
        .messages()
        .forEach(
            message ->
                messages
                    .addObject()
                    .put("role", message.getRole())
                    .put("content", message.getContent()));
    body.put("answer", first.answer().orElse(null));
    ArrayNode tags = body.putArray("tags");
    first.tags().forEach(tags::add);
    ArrayNode completions = body.putArray("completions");
    group.forEach(input -> completions.add(input.text()));
    return body;
  }

  @Override
  public void close() {
    calls.close();
  }
}
