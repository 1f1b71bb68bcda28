package dev.millrace.serving.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.serving.chat.TokenScore;
import java.util.List;

/** OpenAI's {@code logprobs} of a choice. */
final class LogprobsBody {

  /** What stands for the logarithm of zero: JSON has no infinity. */
  private static final double LOWEST = -9999.0;

  private LogprobsBody() {}

  static void put(ObjectNode choice, List<TokenScore> scores) {
    ObjectNode logprobs = choice.putObject("logprobs");
    ArrayNode content = logprobs.putArray("content");
    for (TokenScore score : scores) {
      ObjectNode token = content.addObject();
      score(token, score);
      ArrayNode top = token.putArray("top_logprobs");
      score.top().forEach(alternative -> score(top.addObject(), alternative));
    }
    logprobs.putNull("refusal");
  }

  private static void score(ObjectNode to, TokenScore score) {
    to.put("token", score.token());
    to.put("logprob", Math.max(LOWEST, score.logprob()));
    ArrayNode bytes = to.putArray("bytes");
    for (byte b : score.bytes()) {
      bytes.add(b & 0xff);
    }
  }
}
