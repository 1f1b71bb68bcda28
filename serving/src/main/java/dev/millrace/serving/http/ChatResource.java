package dev.millrace.serving.http;

import dev.millrace.serving.Serving;
import dev.millrace.serving.access.Caller;
import dev.millrace.serving.chat.Admission;
import dev.millrace.serving.chat.AnswerEvent;
import dev.millrace.serving.chat.ChatBackend;
import dev.millrace.serving.chat.Generation;
import dev.millrace.serving.retrieval.StepTiming;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;

/** {@code POST /v1/chat/completions}, streamed and not. */
@Path("/v1/chat/completions")
@RunOnVirtualThread
public class ChatResource {

  private static final Duration WHOLE = Duration.ofDays(1); // the generation has its own deadline

  private final FrontDoor door;

  ChatResource(FrontDoor door) {
    this.door = door;
  }

  @POST
  @Consumes(MediaType.WILDCARD)
  public Response complete(@Context RoutingContext exchange, InputStream body)
      throws InterruptedException {
    Serving serving = door.serving();
    Caller caller = door.caller(exchange);
    ChatRequest request = ChatRequest.read(door.json(exchange, body), caller, serving.backends());
    ChatBackend backend = request.backend();
    Admission queue = backend.admission().orElse(serving.admission());
    Generation generation =
        Generation.start(
            backend,
            request.turn(),
            serving.model().tokens(),
            serving.settings().deadline(),
            () -> Waiting.of(exchange).enter(queue),
            serving.answers());
    exchange.addEndHandler(ended -> generation.close()); // also when the client goes away
    if (exchange.response().closed()) {
      generation.close(); // it went while it waited for its place: nobody calls the handler
    }
    Completion completion =
        new Completion(
            "chatcmpl-" + UUID.randomUUID().toString().replace("-", ""),
            Instant.now().getEpochSecond(),
            backend.id(),
            request.turn().sampling().logprobs());
    return request.stream()
        ? stream(request, completion, generation, serving.settings().keepAlive())
        : whole(request, completion, generation);
  }

  private static Response whole(ChatRequest request, Completion completion, Generation generation)
      throws InterruptedException {
    List<Choice> choices =
        IntStream.range(0, request.turn().sampling().choices()).mapToObj(Choice::new).toList();
    List<StepTiming> steps = new ArrayList<>();
    try (generation) {
      while (true) {
        switch (generation.next(WHOLE)) {
          case AnswerEvent.Text text -> choices.get(text.choice()).add(text);
          case AnswerEvent.Tools tools -> choices.get(tools.choice()).add(tools);
          case AnswerEvent.Ended ended -> choices.get(ended.choice()).end(ended.reason());
          case AnswerEvent.Cited cited -> choices.get(0).add(cited.citation());
          case AnswerEvent.Steps done -> steps.addAll(done.steps());
          case AnswerEvent.WrittenBy by -> completion.writtenBy(by.writer());
          case AnswerEvent.Failed failed -> throw failed.cause();
          case AnswerEvent.Done done -> {
            var answer = completion.whole(choices, done.finish());
            if (request.debug()) {
              DebugBody.put(answer, steps);
            }
            return Response.ok(Json.write(answer)).type(MediaType.APPLICATION_JSON_TYPE).build();
          }
        }
      }
    }
  }

  /** What fails before the first event still gets its own status. */
  private static Response stream(
      ChatRequest request, Completion completion, Generation generation, Duration keepAlive)
      throws InterruptedException {
    ChatStream stream = new ChatStream(request, completion, generation, keepAlive);
    stream.begin();
    StreamingOutput output =
        out -> {
          try (generation) {
            stream.run(new EventStream(out));
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while an answer was streamed");
          }
        };
    return Response.ok(output)
        .type("text/event-stream;charset=UTF-8")
        .header("Cache-Control", "no-cache")
        .header("X-Accel-Buffering", "no")
        .build();
  }
}
