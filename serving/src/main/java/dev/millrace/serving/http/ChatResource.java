package dev.millrace.serving.http;

import dev.millrace.serving.Refusal;
import dev.millrace.serving.Serving;
import dev.millrace.serving.access.Caller;
import dev.millrace.serving.chat.AnswerEvent;
import dev.millrace.serving.chat.Citation;
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
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;

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
    Generation generation =
        Generation.start(
            request.backend(),
            request.turn(),
            serving.model().tokens(),
            serving.settings().deadline(),
            serving.admission().enter());
    exchange.addEndHandler(ended -> generation.close()); // also when the client goes away
    Completion completion =
        new Completion(
            "chatcmpl-" + UUID.randomUUID().toString().replace("-", ""),
            Instant.now().getEpochSecond(),
            request.backend().id());
    return request.stream()
        ? stream(request, completion, generation, serving.settings().keepAlive())
        : whole(request, completion, generation);
  }

  private static Response whole(ChatRequest request, Completion completion, Generation generation)
      throws InterruptedException {
    StringBuilder content = new StringBuilder();
    List<Citation> citations = new ArrayList<>();
    List<StepTiming> steps = new ArrayList<>();
    try (generation) {
      while (true) {
        switch (generation.next(WHOLE)) {
          case AnswerEvent.Text text -> content.append(text.delta());
          case AnswerEvent.Cited cited -> citations.add(cited.citation());
          case AnswerEvent.Steps done -> steps.addAll(done.steps());
          case AnswerEvent.Failed failed -> throw failed.cause();
          case AnswerEvent.Done done -> {
            return Response.ok(
                    Json.write(
                        completion.whole(
                            content.toString(),
                            citations,
                            done.finish(),
                            request.debug() ? steps : null)))
                .type(MediaType.APPLICATION_JSON_TYPE)
                .build();
          }
        }
      }
    }
  }

  /** What fails before the first event still gets its own status. */
  private static Response stream(
      ChatRequest request, Completion completion, Generation generation, Duration keepAlive)
      throws InterruptedException {
    List<AnswerEvent> begun = new ArrayList<>();
    AnswerEvent first = generation.next(keepAlive);
    while (first instanceof AnswerEvent.Steps) { // nothing of the answer yet
      begun.add(first);
      first = generation.next(keepAlive);
    }
    if (first instanceof AnswerEvent.Failed failed) {
      generation.close();
      throw failed.cause();
    }
    begun.add(first); // null after a silence: a comment is due
    StreamingOutput output =
        out -> {
          try (generation) {
            run(request, completion, generation, keepAlive, begun, new EventStream(out));
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

  private static void run(
      ChatRequest request,
      Completion completion,
      Generation generation,
      Duration keepAlive,
      List<AnswerEvent> begun,
      EventStream events)
      throws IOException, InterruptedException {
    events.send(completion.first());
    Iterator<AnswerEvent> early = begun.iterator();
    while (true) {
      AnswerEvent event = early.hasNext() ? early.next() : generation.next(keepAlive);
      switch (event) {
        case null -> events.keepAlive();
        case AnswerEvent.Text text -> events.send(completion.text(text.delta()));
        case AnswerEvent.Cited cited -> events.send(completion.cited(cited.citation()));
        case AnswerEvent.Steps done -> {
          if (request.debug()) {
            events.send(completion.debug(done.steps()));
          }
        }
        case AnswerEvent.Failed failed -> {
          Refusal refusal = ErrorBody.refusal(failed.cause());
          events.send(ErrorBody.of(refusal));
          return;
        }
        case AnswerEvent.Done done -> {
          events.send(completion.last(done.finish()));
          if (request.includeUsage()) {
            events.send(completion.usage(done.finish()));
          }
          events.done();
          return;
        }
      }
    }
  }
}
