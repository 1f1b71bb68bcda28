package dev.millrace.serving.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.serving.Refusal;
import dev.millrace.serving.chat.AnswerEvent;
import dev.millrace.serving.chat.Generation;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** A completion on its way to the client, event by event. */
final class ChatStream {

  private final ChatRequest request;
  private final Completion completion;
  private final Generation generation;
  private final Duration keepAlive;
  private final List<AnswerEvent> begun = new ArrayList<>();

  ChatStream(
      ChatRequest request, Completion completion, Generation generation, Duration keepAlive) {
    this.request = request;
    this.completion = completion;
    this.generation = generation;
    this.keepAlive = keepAlive;
  }

  /**
   * Waits for the beginning of the answer, or for a silence after which a comment is due.
   *
   * @throws RuntimeException what the answer failed with: it still gets its own status
   */
  void begin() throws InterruptedException {
    AnswerEvent first = generation.next(keepAlive);
    while (first instanceof AnswerEvent.Steps || first instanceof AnswerEvent.WrittenBy) {
      begun.add(first);
      first = generation.next(keepAlive);
    }
    if (first instanceof AnswerEvent.Failed failed) {
      generation.close();
      throw failed.cause();
    }
    begun.add(first);
  }

  void run(EventStream events) throws IOException, InterruptedException {
    Iterator<AnswerEvent> early = begun.iterator();
    boolean opened = false;
    while (true) {
      AnswerEvent event = early.hasNext() ? early.next() : generation.next(keepAlive);
      if (!opened && !(event instanceof AnswerEvent.WrittenBy)) {
        opened = true; // who writes is known before the first chunk, where it is known at all
        for (int choice = 0; choice < request.turn().sampling().choices(); choice++) {
          events.send(completion.first(choice));
        }
      }
      switch (event) {
        case null -> events.keepAlive();
        case AnswerEvent.Part part -> {
          ObjectNode chunk = completion.part(part, request.debug());
          if (chunk != null) {
            events.send(chunk);
          }
        }
        case AnswerEvent.Failed failed -> {
          Refusal refusal = ErrorBody.refusal(failed.cause());
          events.send(ErrorBody.of(refusal));
          return;
        }
        case AnswerEvent.Done done -> {
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
