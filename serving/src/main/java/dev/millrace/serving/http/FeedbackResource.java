package dev.millrace.serving.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.contracts.avro.Feedback;
import dev.millrace.contracts.avro.Message;
import dev.millrace.serving.Refusal;
import dev.millrace.serving.Serving;
import dev.millrace.serving.access.Role;
import dev.millrace.serving.feedback.FeedbackLog;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;

/**
 * {@code POST /v1/feedback}: {@code conversation_id}, {@code message_id}, {@code model}, {@code
 * version} where a policy wrote the answer, {@code messages} up to the answer, {@code answer},
 * {@code rating} (up or down), {@code better} (what should have been said instead) and {@code
 * comment}. Answers 202 once the log has it.
 */
@Path("/v1/feedback")
@RunOnVirtualThread
public class FeedbackResource {

  private static final int LONGEST_ID = 200;
  private static final int LONGEST_COMMENT = 10_000;

  private final FrontDoor door;

  FeedbackResource(FrontDoor door) {
    this.door = door;
  }

  @POST
  @Consumes(MediaType.WILDCARD)
  public Response take(@Context RoutingContext exchange, InputStream body)
      throws InterruptedException {
    door.caller(exchange, Role.READER);
    Serving serving = door.serving();
    Feedback feedback = read(door.json(exchange, body));
    FeedbackLog log =
        serving
            .feedback()
            .orElseThrow(
                () ->
                    Refusal.unavailable(null, "This server keeps no feedback: it has no topics."));
    log.append(feedback);
    return Response.status(202)
        .type(MediaType.APPLICATION_JSON_TYPE)
        .entity(Json.write(Json.object().put("status", "kept")))
        .build();
  }

  private static Feedback read(JsonNode body) {
    Fields fields = new Fields(body);
    String rating = needed(fields, "rating", 10);
    if (!List.of("up", "down").contains(rating)) {
      throw Refusal.invalid("rating", "'rating' is up or down.");
    }
    boolean up = rating.equals("up");
    String answer =
        fields
            .text("answer")
            .orElseThrow(() -> Refusal.invalid("answer", "'answer' is missing: what was said?"));
    Optional<String> better = fields.text("better");
    if (up && better.isPresent()) {
      throw Refusal.invalid("better", "'better' goes with the rating down only.");
    }
    List<Message> messages =
        fields.any("messages").isEmpty()
            ? List.of()
            : new MessageReader(true)
                .read(fields).stream().map(m -> new Message(m.role(), m.content())).toList();
    return new Feedback(
        needed(fields, "conversation_id", LONGEST_ID),
        needed(fields, "message_id", LONGEST_ID),
        needed(fields, "model", LONGEST_ID),
        fields.whole("version").orElse(null),
        messages,
        up ? answer : better.orElse(null),
        up ? null : answer,
        bounded(fields, "comment", LONGEST_COMMENT).orElse(null),
        System.currentTimeMillis());
  }

  private static String needed(Fields fields, String name, int most) {
    return bounded(fields, name, most)
        .filter(value -> !value.isBlank())
        .orElseThrow(() -> Refusal.invalid(name, "'" + name + "' is missing."));
  }

  private static Optional<String> bounded(Fields fields, String name, int most) {
    Optional<String> value = fields.text(name);
    if (value.isPresent() && value.get().length() > most) {
      throw Refusal.invalid(
          name, "'%s' has %d characters; at most %d.".formatted(name, value.get().length(), most));
    }
    return value;
  }
}
