package dev.millrace.serving.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.serving.Refusal;
import dev.millrace.serving.chat.AnswerSink;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The error object that OpenAI clients read, in a response or as an event of a stream. */
final class ErrorBody {

  private static final Logger LOG = LoggerFactory.getLogger(ErrorBody.class);

  /** Nobody reads it: the status that logs know for a client that went away. */
  private static final int CLIENT_CLOSED = 499;

  private ErrorBody() {}

  static ObjectNode of(Refusal refusal) {
    ObjectNode body = Json.object();
    body.putObject("error")
        .put("message", refusal.getMessage())
        .put("type", refusal.type())
        .put("param", refusal.param())
        .put("code", refusal.code());
    return body;
  }

  /** A fault of ours as the client may see it; the log has the rest. */
  static Refusal refusal(Throwable cause) {
    if (cause instanceof Refusal refusal) {
      return refusal;
    }
    if (cause instanceof AnswerSink.AnswerAbandoned) {
      return Refusal.ofStatus(CLIENT_CLOSED, "The client closed the request.");
    }
    String reference = UUID.randomUUID().toString().substring(0, 8);
    LOG.error("request failed reference={}", reference, cause);
    return Refusal.internal(reference);
  }
}
