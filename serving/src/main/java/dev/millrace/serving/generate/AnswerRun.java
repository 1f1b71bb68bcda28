package dev.millrace.serving.generate;

import dev.millrace.models.generate.GeneratedSequence;
import dev.millrace.models.generate.GenerationListener;
import dev.millrace.models.generate.GenerationRequest;
import dev.millrace.models.generate.LogitsMask;
import dev.millrace.models.generate.SamplingParams;
import dev.millrace.models.generate.WrittenToken;
import dev.millrace.serving.Refusal;
import dev.millrace.serving.chat.AnswerEvent;
import dev.millrace.serving.chat.AnswerFormat;
import dev.millrace.serving.chat.AnswerSink;
import dev.millrace.serving.chat.ChatTurn;
import dev.millrace.serving.chat.Finish;
import dev.millrace.serving.chat.Sampling;
import dev.millrace.serving.chat.ThinkTags;
import dev.millrace.serving.chat.Writer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One turn on one model: from the prompt to the last token of the last choice. The engine's thread
 * only puts tokens into a queue that holds all that there can be; the text is made on the thread of
 * the request, and when that is interrupted the engine forgets the request.
 */
final class AnswerRun {

  private sealed interface Progress {}

  private record Token(int choice, WrittenToken written) implements Progress {}

  private record End(int choice, GeneratedSequence.Finish why) implements Progress {}

  private record Broken(Throwable cause) implements Progress {}

  private static final AtomicLong NUMBER = new AtomicLong();

  private final ServedModel model;
  private final GenerateSettings settings;
  private final OptionalDouble temperature;
  private final ChatTurn turn;
  private final AnswerSink sink;
  private final Writer leased;
  private Writer writer;
  private int completionTokens;

  AnswerRun(
      LiveModel.Lease lease,
      GenerateSettings settings,
      OptionalDouble temperature,
      ChatTurn turn,
      AnswerSink sink) {
    this.model = lease.model();
    this.leased = lease.writer();
    this.settings = settings;
    this.temperature = temperature;
    this.turn = turn;
    this.sink = sink;
  }

  Finish run() throws InterruptedException {
    int choices = turn.sampling().choices();
    if (choices > settings.choices()) {
      throw Refusal.invalid("n", "'n' is at most " + settings.choices() + " here.");
    }
    int[] prompt = model.prompt(turn.messages());
    int wanted =
        turn.limits().maxTokens() == Integer.MAX_VALUE
            ? settings.maxTokens()
            : turn.limits().maxTokens();
    int most = Math.min(wanted, model.context() - prompt.length);
    LogitsMask mask = null;
    String id = "chat-" + NUMBER.incrementAndGet();
    var request = new GenerationRequest(id, prompt, choices, params(most), mask);
    BlockingQueue<Progress> progress = new LinkedBlockingQueue<>(choices * (most + 1) + 1);
    submit(request, progress);
    Finish.Reason first = null;
    boolean over = false;
    try {
      List<ChoiceWriter> writers = writers(prompt);
      int open = choices;
      while (open > 0) {
        switch (progress.take()) {
          case Token token -> write(token, writers);
          case End end -> {
            open--;
            ChoiceWriter choice = writers.get(end.choice());
            choice.end();
            Finish.Reason reason = reason(end.why(), choice.stopped());
            first = end.choice() == 0 ? reason : first;
            sink.put(new AnswerEvent.Ended(end.choice(), reason));
          }
          case Broken broken -> {
            over = true;
            throw failure(broken.cause());
          }
        }
      }
      over = true;
    } finally {
      if (!over) {
        cancel(id);
      }
    }
    return new Finish(first, prompt.length, completionTokens);
  }

  private void submit(GenerationRequest request, BlockingQueue<Progress> progress) {
    try {
      model
          .service()
          .submit(
              request,
              new GenerationListener() {
                @Override
                public void written(String requestId, int index, WrittenToken written) {
                  progress.add(new Token(index, written));
                }

                @Override
                public void finished(GeneratedSequence sequence) {
                  progress.add(new End(sequence.index(), sequence.finish()));
                }

                @Override
                public void failed(String requestId, RuntimeException error) {
                  // the future says the same, and says it for a service that closes too
                }
              })
          .whenComplete(
              (sequences, failure) -> {
                if (failure != null) {
                  progress.add(new Broken(failure));
                }
              });
    } catch (RejectedExecutionException e) {
      throw Refusal.overloaded(Duration.ofSeconds(1), "Too many requests wait for this model.");
    }
  }

  private void cancel(String id) {
    try {
      model.service().cancel(id);
    } catch (RejectedExecutionException e) {
      // the queue holds a command for every request that was admitted: the service is closing
    }
  }

  private void write(Token token, List<ChoiceWriter> writers) {
    completionTokens++;
    OptionalLong version =
        leased.version().isPresent()
            ? OptionalLong.of(token.written().version())
            : OptionalLong.empty();
    if (writer == null || !writer.version().equals(version)) { // swapped since the last token
      writer = new Writer(leased.model(), version);
      sink.put(new AnswerEvent.WrittenBy(writer));
    }
    if (!stops().contains(token.written().token())) {
      writers.get(token.choice()).token(token.written());
    }
  }

  private List<ChoiceWriter> writers(int[] prompt) {
    boolean plain = turn.format() instanceof AnswerFormat.Text;
    boolean thinks = plain && model.thinks(prompt);
    List<ChoiceWriter> writers = new ArrayList<>();
    for (int choice = 0; choice < turn.sampling().choices(); choice++) {
      writers.add(
          new ChoiceWriter(
              choice,
              model.vocabulary(),
              new StopText(turn.limits().stop()),
              plain ? new ThinkTags(thinks) : null,
              turn.sampling().logprobs(),
              sink));
    }
    return writers;
  }

  private Set<Integer> stops() {
    return model.text().stopTokens();
  }

  private SamplingParams params(int most) {
    Sampling wanted = turn.sampling();
    double topP = wanted.topP().orElse(1);
    return new SamplingParams(
        wanted.temperature().orElse(temperature.orElse(model.temperature().orElse(1))),
        topP == 0 ? 1 : Math.max(0, wanted.topK()), // a top_p of 0 is the most likely token alone
        topP == 0 ? 1 : topP,
        wanted.minP(),
        wanted.repetitionPenalty(),
        most,
        stops(),
        turn.limits().stop(),
        wanted.seed().orElseGet(() -> ThreadLocalRandom.current().nextLong()),
        wanted.logprobs() ? wanted.topLogprobs() : 0);
  }

  private static Finish.Reason reason(GeneratedSequence.Finish why, boolean stopped) {
    return switch (why) {
      case STOP_TOKEN, STOP_STRING, CANCELLED -> Finish.Reason.STOP;
      case MAX_TOKENS, CONTEXT -> stopped ? Finish.Reason.STOP : Finish.Reason.LENGTH;
    };
  }

  private static RuntimeException failure(Throwable cause) {
    return cause instanceof RuntimeException e ? e : new IllegalStateException(cause);
  }
}
