package dev.millrace.serving.grounding;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.serving.chat.AnswerEvent;
import dev.millrace.serving.chat.AnswerSink;
import dev.millrace.serving.chat.Citation;
import dev.millrace.serving.chat.Finish;
import dev.millrace.serving.chat.TokenScore;
import dev.millrace.serving.retrieval.Passage;
import dev.millrace.serving.retrieval.StepTiming;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CheckedTextTest {

  private static final String ACKS =
      "Intro here. The leader waits for 3 in-sync replicas. Something else follows.";
  private static final String BREAD = "Bake the bread at 220 degrees for half an hour.";
  private static final List<Passage> PASSAGES =
      List.of(
          new Passage("acks", "Producer", null, 7, 100, 100 + ACKS.length(), ACKS, List.of(), 1),
          new Passage(
              "bread", null, "https://b", 3, 0, BREAD.length(), BREAD, List.of("Baking"), 1));

  @Test
  void supported_citation_points_to_the_sentence_that_supports_it() {
    Answer answer = answer("The leader waits for in-sync replicas [1].");
    assertThat(answer.text).isEqualTo("The leader waits for in-sync replicas [1].");
    Citation citation = answer.citations.getFirst();
    assertThat(citation.quote()).isEqualTo("The leader waits for 3 in-sync replicas.");
    assertThat(citation.start()).isEqualTo(100 + ACKS.indexOf("The leader"));
    assertThat(citation.url()).startsWith("/v1/documents/acks/passage?start=112");
    assertThat(answer.text.substring(citation.startIndex(), citation.endIndex())).isEqualTo("[1]");
  }

  @Test
  void citation_of_a_passage_that_says_something_else_is_dropped() {
    assertThat(answer("The leader waits for replicas [2]. Bread is baked [2].").text)
        .isEqualTo("The leader waits for replicas. Bread is baked [1].");
  }

  @Test
  void number_that_the_passage_does_not_hold_drops_the_citation() {
    assertThat(answer("The leader waits for 5 in-sync replicas [1].").text)
        .isEqualTo("The leader waits for 5 in-sync replicas.");
    assertThat(answer("The leader waits for 3 in-sync replicas [1].").citations).hasSize(1);
  }

  @Test
  void passage_that_was_never_given_cannot_be_cited() {
    assertThat(answer("The leader waits [7][0] for replicas [999].").text)
        .isEqualTo("The leader waits for replicas.");
  }

  @Test
  void markers_are_numbered_in_the_order_of_the_answer() {
    Answer answer =
        answer("Bread is baked at 220 degrees [2]. The leader waits for replicas [1], [1].");
    assertThat(answer.text)
        .isEqualTo("Bread is baked at 220 degrees [1]. The leader waits for replicas [2], [2].");
    assertThat(answer.citations)
        .extracting(Citation::documentId)
        .containsExactly("bread", "acks", "acks");
    assertThat(answer.citations).extracting(Citation::number).containsExactly(1, 2, 2);
  }

  @Test
  void each_part_of_a_sentence_is_judged_by_its_own_marker() {
    assertThat(answer("The leader waits for replicas [1] and bread is baked [2].").text)
        .isEqualTo("The leader waits for replicas [1] and bread is baked [2].");
    assertThat(answer("The leader waits for replicas [2] and bread is baked [1].").citations)
        .isEmpty();
  }

  @Test
  void marker_after_the_full_stop_stands_for_the_sentence_before_it() {
    assertThat(answer("The leader waits for replicas. [1] Bread is baked.[2]\n").text)
        .isEqualTo("The leader waits for replicas. [1] Bread is baked.[2]\n");
  }

  @Test
  void several_numbers_in_one_marker_are_judged_one_by_one() {
    assertThat(answer("The leader waits for replicas [1, 2].").text)
        .isEqualTo("The leader waits for replicas [1].");
    assertThat(answer("The leader waits for replicas 【1】.").text)
        .isEqualTo("The leader waits for replicas [1].");
  }

  @Test
  void code_is_left_alone() {
    String code = "See `a[1]` and\n```java\nint b = c[2] + d[7];\n```\nand [link](x).";
    assertThat(answer(code).text).isEqualTo(code);
    assertThat(answer("An [aside] and [ 1 thing, [").text).isEqualTo("An [aside] and [ 1 thing, [");
  }

  @Test
  void answer_is_the_same_however_it_is_cut_into_pieces() {
    String whole =
        "Bread [2] is baked at 220 degrees [2]. The leader waits for 9 replicas [1]; `x[1]` "
            + "waits for in-sync replicas  [1, 2]. [1] Done [3] .";
    String expected = answer(whole).text;
    List<Citation> citations = answer(whole).citations;
    assertThat(citations).isNotEmpty();
    Random random = new Random(4);
    for (int round = 0; round < 300; round++) {
      List<String> pieces = new ArrayList<>();
      for (int at = 0; at < whole.length(); ) {
        int end = Math.min(whole.length(), at + 1 + random.nextInt(6));
        pieces.add(whole.substring(at, end));
        at = end;
      }
      Answer answer = answer(pieces.toArray(String[]::new));
      assertThat(answer.text).isEqualTo(expected);
      assertThat(answer.citations).isEqualTo(citations);
      for (Citation c : answer.citations) {
        assertThat(answer.text.substring(c.startIndex(), c.endIndex()))
            .isEqualTo("[" + c.number() + "]");
      }
    }
  }

  @Test
  void text_flows_at_once_unless_it_may_be_a_marker() {
    Answer answer = new Answer();
    CheckedText checked = new CheckedText(PASSAGES, new Support(0.5), answer);
    checked.text("The leader");
    assertThat(answer.text).isEqualTo("The leader");
    checked.text(" waits for replicas [");
    assertThat(answer.text).isEqualTo("The leader waits for replicas");
    checked.text("1].");
    assertThat(answer.text).isEqualTo("The leader waits for replicas [1].");
  }

  @Test
  void debug_tells_what_was_dropped() {
    Answer answer = answer("The leader waits for replicas [1] [2].");
    assertThat(answer.steps.getFirst().step()).isEqualTo("citations");
    assertThat(answer.steps.getFirst().note()).isEqualTo("1 supported, 1 dropped");
  }

  @Test
  void reasoning_passes_and_other_choices_have_markers_but_no_citations() {
    Answer answer = new Answer();
    CheckedText checked = new CheckedText(PASSAGES, new Support(0.5), answer);
    checked.put(new AnswerEvent.Text(0, true, "Maybe [9]?", List.of()));
    checked.put(new AnswerEvent.Text(1, false, "The leader waits for replicas [1] [9]", List.of()));
    checked.put(new AnswerEvent.Ended(1, Finish.Reason.STOP));
    checked.end();
    assertThat(answer.reasoning).isEqualTo("Maybe [9]?");
    assertThat(answer.second).isEqualTo("The leader waits for replicas [1]");
    assertThat(answer.citations).isEmpty();
  }

  @Test
  void scores_of_tokens_are_not_lost_with_a_marker() {
    Answer answer = new Answer();
    CheckedText checked = new CheckedText(PASSAGES, new Support(0.5), answer);
    for (String token : new String[] {"Bread", " [", "7", "]", "."}) {
      TokenScore score = new TokenScore(token, new byte[0], -1, List.of());
      checked.put(new AnswerEvent.Text(0, false, token, List.of(score)));
    }
    checked.end();
    assertThat(answer.text).isEqualTo("Bread.");
    assertThat(answer.scores)
        .extracting(TokenScore::token)
        .containsExactly("Bread", " [", "7", "]", ".");
  }

  private static Answer answer(String... pieces) {
    Answer answer = new Answer();
    CheckedText checked = new CheckedText(PASSAGES, new Support(0.5), answer);
    for (String piece : pieces) {
      checked.text(piece);
    }
    checked.end();
    return answer;
  }

  private static final class Answer implements AnswerSink {

    private String text = "";
    private String second = "";
    private String reasoning = "";
    private final List<Citation> citations = new ArrayList<>();
    private final List<StepTiming> steps = new ArrayList<>();
    private final List<TokenScore> scores = new ArrayList<>();

    @Override
    public void put(AnswerEvent.Part part) {
      switch (part) {
        case AnswerEvent.Text t when t.reasoning() -> reasoning += t.delta();
        case AnswerEvent.Text t when t.choice() == 1 -> second += t.delta();
        case AnswerEvent.Text t -> {
          text += t.delta();
          scores.addAll(t.scores());
        }
        case AnswerEvent.Cited c -> citations.add(c.citation());
        case AnswerEvent.Steps s -> steps.addAll(s.steps());
        default -> {
          // endings
        }
      }
    }
  }
}
