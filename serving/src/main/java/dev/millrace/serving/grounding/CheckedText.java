package dev.millrace.serving.grounding;

import dev.millrace.serving.chat.AnswerEvent;
import dev.millrace.serving.chat.AnswerSink;
import dev.millrace.serving.chat.Citation;
import dev.millrace.serving.chat.Grounding;
import dev.millrace.serving.chat.TokenScore;
import dev.millrace.serving.retrieval.Passage;
import dev.millrace.serving.retrieval.Range;
import dev.millrace.serving.retrieval.StepTiming;
import dev.millrace.serving.text.SentenceSplitter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Passes an answer on and checks its citations on the way: a marker stays where the passage of its
 * number supports the sentence before it, and is numbered anew in the order of the answer; other
 * markers are dropped. Choices beyond the first keep their markers under the same rule, but only
 * the first has citations. Reasoning passes as it is.
 */
final class CheckedText implements Grounding.CitedText {

  /** A sentence that is longer is judged by its end. */
  private static final int LONGEST_SENTENCE = 1_200;

  private final List<Passage> passages;
  private final Support support;
  private final AnswerSink sink;
  private final Map<Integer, Choice> choices = new HashMap<>();
  private long nanos;
  private int kept;
  private int dropped;

  CheckedText(List<Passage> passages, Support support, AnswerSink sink) {
    this.passages = List.copyOf(passages);
    this.support = support;
    this.sink = sink;
  }

  @Override
  public void put(AnswerEvent.Part part) {
    switch (part) {
      case AnswerEvent.Text text when !text.reasoning() ->
          choices.computeIfAbsent(text.choice(), Choice::new).add(text);
      case AnswerEvent.Ended ended -> {
        end(ended.choice());
        sink.put(ended);
      }
      default -> sink.put(part);
    }
  }

  @Override
  public void end() {
    List.copyOf(choices.keySet()).forEach(this::end);
    sink.retrieved(
        List.of(
            new StepTiming(
                "citations",
                nanos / 1_000,
                passages.size(),
                kept + " supported, " + dropped + " dropped")));
  }

  private void end(int number) {
    Choice choice = choices.remove(number);
    if (choice != null) {
      choice.end();
    }
  }

  /** One answer among those that were asked for. */
  private final class Choice implements MarkerScanner.Parts {

    private final int number;
    private final MarkerScanner scanner = new MarkerScanner(this);
    private final StringBuilder plain = new StringBuilder();
    private final List<TokenScore> scores = new ArrayList<>();
    private final Map<List<Object>, Integer> numbers = new LinkedHashMap<>();
    private int judged; // length of the plain text at the last marker
    private String sentence = "";
    private int length;

    Choice(int number) {
      this.number = number;
    }

    void add(AnswerEvent.Text text) {
      scores.addAll(text.scores());
      scanner.add(text.delta());
      if (!scores.isEmpty()) {
        give("");
      }
    }

    void end() {
      scanner.end();
      if (!scores.isEmpty()) {
        give("");
      }
    }

    @Override
    public void text(String text) {
      plain.append(text);
      give(text);
    }

    @Override
    public void marker(String space, List<Integer> cited) {
      long begun = System.nanoTime();
      sentence = before();
      judged = plain.length();
      List<Found> found = new ArrayList<>();
      for (int passage : cited) {
        Optional<Found> one = find(passage);
        one.ifPresent(found::add);
        kept += one.isPresent() ? 1 : 0;
        dropped += one.isPresent() ? 0 : 1;
      }
      nanos += System.nanoTime() - begun;
      String lead = space;
      for (Found one : found) {
        int at = length + lead.length();
        int its = numbers.computeIfAbsent(one.key(), key -> numbers.size() + 1);
        String marker = "[" + its + "]";
        if (number == 0) {
          sink.cite(one.citation(its, at, at + marker.length()));
        }
        give(lead + marker);
        lead = "";
      }
    }

    private Optional<Found> find(int cited) {
      if (cited < 1 || cited > passages.size()) {
        return Optional.empty();
      }
      Passage passage = passages.get(cited - 1);
      return support.of(sentence, passage).map(range -> new Found(passage, range));
    }

    /** The sentence, or the part of it since the last marker, that a marker here stands for. */
    private String before() {
      if (plain.substring(judged).codePoints().noneMatch(Character::isLetterOrDigit)) {
        return sentence; // two markers in a row stand for the same
      }
      int from = Math.max(0, plain.length() - LONGEST_SENTENCE);
      String near = plain.substring(from);
      List<SentenceSplitter.Range> sentences = SentenceSplitter.split(near);
      SentenceSplitter.Range last = sentences.getLast();
      int start = Math.max(last.start(), judged - from);
      return near.substring(Math.min(start, last.end()), last.end());
    }

    private void give(String text) {
      sink.put(new AnswerEvent.Text(number, false, text, scores));
      scores.clear();
      length += text.length();
    }
  }

  /** A passage and what of it supports a sentence. */
  private record Found(Passage passage, Range range) {

    List<Object> key() {
      return List.of(passage.documentId(), range);
    }

    Citation citation(int number, int startIndex, int endIndex) {
      return Sources.citation(passage, range, number, startIndex, endIndex);
    }
  }
}
