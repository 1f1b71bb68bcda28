package dev.millrace.serving.generate;

import dev.millrace.models.generate.GeneratedSequence;
import dev.millrace.serving.Refusal;
import dev.millrace.serving.chat.AnswerEvent;
import dev.millrace.serving.chat.AnswerFormat;
import dev.millrace.serving.chat.AnswerSink;
import dev.millrace.serving.chat.ChatTurn;
import dev.millrace.serving.chat.Finish;
import dev.millrace.serving.chat.ThinkTags;
import dev.millrace.serving.chat.Writer;
import dev.millrace.serving.structured.JsonMask;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.stream.IntStream;

/** One turn on one model: from the prompt to the last token of the last choice. */
final class AnswerRun {

  private final ServedModel model;
  private final GenerateSettings settings;
  private final OptionalDouble temperature;
  private final ChatTurn turn;
  private final AnswerSink sink;
  private final Writer leased;
  private final boolean plain;
  private List<JsonMask> masks = List.of();
  private Writer writer;
  private int completionTokens;

  /**
   * @param temperature where the turn names none; empty: as the model's files say
   */
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
    this.plain = turn.format() instanceof AnswerFormat.Text;
  }

  Finish run() throws InterruptedException {
    int choices = turn.sampling().choices();
    if (choices > settings.choices()) {
      throw Refusal.invalid("n", "'n' is at most " + settings.choices() + " here.");
    }
    int[] prompt = model.prompt(turn.messages(), plain ? turn.thinking() : Optional.of(false));
    int wanted =
        turn.limits().maxTokens() == Integer.MAX_VALUE
            ? settings.maxTokens()
            : turn.limits().maxTokens();
    int most = Math.min(wanted, model.context() - prompt.length);
    if (!plain) {
      masks =
          IntStream.range(0, choices)
              .mapToObj(i -> model.structured().mask(turn.format(), most))
              .toList();
    }
    Drawing drawing = new Drawing(turn, most, model, temperature);
    List<ChoiceWriter> writers = writers(prompt);
    Finish.Reason first = null;
    try (TokenFeed feed = TokenFeed.start(model.service(), drawing.requests(prompt, masks))) {
      for (int open = choices; open > 0; ) {
        switch (feed.next()) {
          case TokenFeed.Token token -> write(token, writers);
          case TokenFeed.End end -> {
            open--;
            ChoiceWriter choice = writers.get(end.choice());
            choice.end();
            Finish.Reason reason = reason(end, choice.stopped());
            first = end.choice() == 0 ? reason : first;
            sink.put(new AnswerEvent.Ended(end.choice(), reason));
          }
        }
      }
    }
    return new Finish(first, prompt.length, completionTokens);
  }

  private void write(TokenFeed.Token token, List<ChoiceWriter> writers) {
    completionTokens++;
    OptionalLong version =
        leased.version().isPresent()
            ? OptionalLong.of(token.written().version())
            : OptionalLong.empty();
    if (writer == null || !writer.version().equals(version)) { // swapped since the last token
      writer = new Writer(leased.model(), version);
      sink.put(new AnswerEvent.WrittenBy(writer));
    }
    if (!model.text().stopTokens().contains(token.written().token())) {
      writers.get(token.choice()).token(token.written());
    }
  }

  private List<ChoiceWriter> writers(int[] prompt) {
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

  /** JSON that was brought to its end because of the limit was cut, whole as it is. */
  private Finish.Reason reason(TokenFeed.End end, boolean stopped) {
    boolean hurried = !plain && masks.get(end.choice()).hurried();
    boolean full =
        end.why() == GeneratedSequence.Finish.MAX_TOKENS
            || end.why() == GeneratedSequence.Finish.CONTEXT;
    return hurried || full && !stopped ? Finish.Reason.LENGTH : Finish.Reason.STOP;
  }
}
