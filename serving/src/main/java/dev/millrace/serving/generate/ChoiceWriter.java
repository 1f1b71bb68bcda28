package dev.millrace.serving.generate;

import dev.millrace.models.generate.WrittenToken;
import dev.millrace.models.tokenizer.Detokenizer;
import dev.millrace.serving.chat.AnswerEvent;
import dev.millrace.serving.chat.AnswerSink;
import dev.millrace.serving.chat.ThinkTags;
import dev.millrace.serving.chat.TokenScore;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * One choice from tokens to parts of an answer: whole characters only, nothing of a stop text,
 * reasoning apart from content, and each token's score with the text that it belongs to.
 */
final class ChoiceWriter {

  /** A token's score, and where its text begins and ends. */
  private record Scored(TokenScore score, int begin, int end) {}

  private final int choice;
  private final Vocabulary vocabulary;
  private final Detokenizer detokenizer;
  private final StopText stop;
  private final ThinkTags tags;
  private final boolean scored;
  private final AnswerSink sink;
  private final Deque<Scored> waiting = new ArrayDeque<>();
  private final List<TokenScore> carried = new ArrayList<>();
  private int written;
  private int released;

  /**
   * @param tags null if what looks like reasoning is to be content
   * @param scored whether pieces carry scores
   */
  ChoiceWriter(
      int choice,
      Vocabulary vocabulary,
      StopText stop,
      ThinkTags tags,
      boolean scored,
      AnswerSink sink) {
    this.choice = choice;
    this.vocabulary = vocabulary;
    this.detokenizer = vocabulary.detokenizer();
    this.stop = stop;
    this.tags = tags;
    this.scored = scored;
    this.sink = sink;
  }

  /** Takes the next token, which is none that ends the answer. */
  void token(WrittenToken token) {
    if (stop.found()) {
      return;
    }
    String text = detokenizer.add(token.token()) + vocabulary.tag(token.token());
    if (scored) {
      waiting.add(new Scored(vocabulary.score(token), written, written + text.length()));
    }
    written += text.length();
    release(stop.add(text));
  }

  /** The answer is over. */
  void end() {
    if (!stop.found()) {
      release(stop.add(detokenizer.finish()));
    }
    if (!stop.found()) {
      release(stop.rest());
    }
    take(Integer.MAX_VALUE);
    give(tags == null ? List.of() : tags.finish());
    if (!carried.isEmpty()) {
      give(List.of(new ThinkTags.Piece(false, "")));
    }
  }

  /** Whether a stop text ended it. */
  boolean stopped() {
    return stop.found();
  }

  private void release(String text) {
    released += text.length();
    if (stop.found()) {
      waiting.removeIf(token -> token.begin() >= released); // behind the cut
    }
    if (!text.isEmpty()) {
      take(released);
      give(tags == null ? List.of(new ThinkTags.Piece(false, text)) : tags.add(text));
    }
  }

  private void take(int upTo) {
    while (!waiting.isEmpty() && waiting.peek().end() <= upTo) {
      carried.add(waiting.poll().score());
    }
  }

  private void give(List<ThinkTags.Piece> pieces) {
    for (ThinkTags.Piece piece : pieces) {
      List<TokenScore> scores = piece.reasoning() ? List.of() : List.copyOf(carried);
      if (!piece.reasoning()) {
        carried.clear();
      }
      sink.put(new AnswerEvent.Text(choice, piece.reasoning(), piece.text(), scores));
    }
    if (tags != null && !tags.answering()) {
      carried.clear(); // scores are those of content
    }
  }
}
