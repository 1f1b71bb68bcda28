package dev.millrace.serving.generate;

import dev.millrace.models.generate.GeneratedSequence;
import dev.millrace.models.generate.GenerationListener;
import dev.millrace.models.generate.GenerationRequest;
import dev.millrace.models.generate.GenerationService;
import dev.millrace.models.generate.WrittenToken;
import dev.millrace.serving.Refusal;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;

/**
 * Carries tokens from the engine's thread, which must not wait, to that of a request: in a queue
 * that holds all that there can be. Closed before its end, it makes the engine forget the requests.
 */
final class TokenFeed implements AutoCloseable {

  /** What comes out. */
  sealed interface Progress extends Entry {}

  /** A token of a choice. */
  record Token(int choice, WrittenToken written) implements Progress {}

  /** A choice is complete. */
  record End(int choice, GeneratedSequence.Finish why) implements Progress {}

  /** What is in the queue. */
  private sealed interface Entry {}

  private record Broken(Throwable cause) implements Entry {}

  private final GenerationService service;
  private final List<GenerationRequest> requests;
  private final BlockingQueue<Entry> queue;
  private int open;

  private TokenFeed(GenerationService service, List<GenerationRequest> requests) {
    this.service = service;
    this.requests = requests;
    long most = 0;
    for (GenerationRequest request : requests) {
      open += request.copies();
      most += request.copies() * (request.params().maxTokens() + 1L) + 1;
    }
    this.queue = new LinkedBlockingQueue<>(Math.toIntExact(most));
  }

  /**
   * Submits the requests; their choices are numbered through.
   *
   * @throws Refusal 429 if the engine's queue is full
   */
  static TokenFeed start(GenerationService service, List<GenerationRequest> requests) {
    TokenFeed feed = new TokenFeed(service, requests);
    try {
      int first = 0;
      for (GenerationRequest request : requests) {
        feed.submit(request, first);
        first += request.copies();
      }
    } catch (RejectedExecutionException e) {
      feed.close();
      throw Refusal.overloaded(Duration.ofSeconds(1), "Too many requests wait for this model.");
    }
    return feed;
  }

  private void submit(GenerationRequest request, int first) {
    var listener =
        new GenerationListener() {
          @Override
          public void written(String requestId, int index, WrittenToken written) {
            queue.add(new Token(first + index, written));
          }

          @Override
          public void finished(GeneratedSequence sequence) {
            queue.add(new End(first + sequence.index(), sequence.finish()));
          }

          @Override
          public void failed(String requestId, RuntimeException error) {
            // the future says the same, and says it for a service that closes too
          }
        };
    service
        .submit(request, listener)
        .whenComplete(
            (sequences, failure) -> {
              if (failure != null) {
                queue.add(new Broken(failure));
              }
            });
  }

  /** Waits for the next; not to be called after the last choice has ended. */
  Progress next() throws InterruptedException {
    return switch (queue.take()) {
      case Token token -> token;
      case End end -> {
        open--;
        yield end;
      }
      case Broken broken ->
          throw broken.cause() instanceof RuntimeException e
              ? e
              : new IllegalStateException(broken.cause());
    };
  }

  @Override
  public void close() {
    if (open == 0) {
      return;
    }
    for (GenerationRequest request : requests) {
      try {
        service.cancel(request.id());
      } catch (RejectedExecutionException e) {
        // the queue has room for every request that was admitted: the service is closing
      }
    }
  }
}
