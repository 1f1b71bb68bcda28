package dev.millrace.serving.retrieval.assembly;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.models.embedding.WordTokens;
import dev.millrace.serving.MemoryPassages;
import dev.millrace.serving.retrieval.CleanedDocument;
import dev.millrace.serving.retrieval.ContextBudget;
import dev.millrace.serving.retrieval.Passage;
import dev.millrace.serving.retrieval.Range;
import dev.millrace.serving.retrieval.Retrieved;
import dev.millrace.serving.retrieval.States;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AssemblyTest {

  /** Ten chunks of one sentence of four words; the first six are one section, the rest another. */
  private static final int CHUNKS = 10;

  private static final int FIRST_SECTION = 6;

  private final MemoryPassages index = new MemoryPassages();
  private final WordTokens words = new WordTokens();
  private final List<Range> chunks = new ArrayList<>();
  private String text = "";

  @BeforeEach
  void document() {
    StringBuilder all = new StringBuilder();
    for (int i = 0; i < CHUNKS; i++) {
      int start = all.length();
      all.append("Sentence number ").append(i).append(" stands here.");
      chunks.add(new Range(start, all.length()));
      all.append(i % 2 == 0 ? " " : "\n\n");
    }
    text = all.toString();
    index.replaceManifestOnly(
        new CleanedDocument("doc", 1, "T", null, text, List.of(), List.copyOf(chunks)));
  }

  @Test
  void most_chunks_of_a_parent_become_the_parent_in_the_place_of_the_best() {
    // 24 tokens hold 4 chunks and more: parents are chunks 0-3 and 4-5, then 6-9
    Retrieved merged = merge(24, 0.5, chunk(7), chunk(2), chunk(0), chunk(1));
    assertThat(merged.passages()).hasSize(2);
    assertThat(merged.passages().get(0)).isEqualTo(chunk(7));
    assertThat(merged.passages().get(1).range())
        .isEqualTo(new Range(chunks.get(0).start(), chunks.get(3).end()));
    assertThat(merged.passages().get(1).text())
        .startsWith("Sentence number 0")
        .endsWith("number 3 stands here.");
    assertThat(merged.note()).isEqualTo("1 parents");
  }

  @Test
  void half_of_the_chunks_is_not_most() {
    assertThat(merge(24, 0.5, chunk(1), chunk(2)).passages()).containsExactly(chunk(1), chunk(2));
  }

  @Test
  void parents_do_not_cross_sections() {
    Retrieved merged = merge(1_000, 0.5, chunk(4), chunk(6), chunk(5), chunk(7));
    assertThat(merged.passages()).containsExactly(chunk(4), chunk(6), chunk(5), chunk(7));
    Retrieved more = merge(1_000, 0.5, chunk(4), chunk(6), chunk(9), chunk(7));
    assertThat(more.passages().get(1).range())
        .isEqualTo(new Range(chunks.get(6).start(), chunks.get(9).end()));
  }

  @Test
  void parent_of_every_passage_is_given_once() {
    Retrieved parents =
        new ParentPassages(index, words, 24).apply(States.found(chunk(1), chunk(8), chunk(3)));
    assertThat(parents.passages())
        .extracting(Passage::range)
        .containsExactly(
            new Range(chunks.get(0).start(), chunks.get(3).end()),
            new Range(chunks.get(6).start(), chunks.get(9).end()));
  }

  @Test
  void window_adds_sentences_of_the_same_section() {
    Retrieved windows = new SentenceWindow(index, 2).apply(States.found(chunk(5), chunk(0)));
    assertThat(windows.passages().get(0).text())
        .startsWith("Sentence number 3")
        .endsWith("number 5 stands here.");
    assertThat(windows.passages().get(1).text())
        .startsWith("Sentence number 0")
        .endsWith("number 2 stands here.");
  }

  @Test
  void windows_that_overlap_become_one() {
    Retrieved windows =
        new SentenceWindow(index, 1).apply(States.found(chunk(0), chunk(3), chunk(1)));
    assertThat(windows.passages()).hasSize(1);
    assertThat(windows.passages().getFirst().range())
        .isEqualTo(new Range(chunks.get(0).start(), chunks.get(4).end()));
  }

  @Test
  void changed_or_closed_document_is_not_read() {
    Passage old = chunk(2);
    for (CleanedDocument now :
        List.of(
            new CleanedDocument("doc", 2, "T", null, "Other words.", List.of(), List.of()),
            new CleanedDocument("doc", 1, "T", null, text, List.of("hr"), chunks))) {
      index.replaceManifestOnly(now);
      assertThat(new SentenceWindow(index, 2).apply(States.found(old)).passages())
          .containsExactly(old);
      assertThat(new ParentPassages(index, words, 99).apply(States.found(old)).passages())
          .containsExactly(old);
      assertThat(merge(99, 0.1, old, chunk(3)).passages()).containsExactly(old, chunk(3));
    }
  }

  @Test
  void whatever_is_found_is_still_there_after_assembly_and_text_fits_its_range() {
    Random random = new Random(11);
    for (int round = 0; round < 200; round++) {
      List<Passage> found = new ArrayList<>();
      for (int i = 0; i < CHUNKS; i++) {
        if (random.nextInt(3) == 0) {
          found.add(random.nextInt(found.size() + 1), chunk(i));
        }
      }
      Retrieved state = States.found(found.toArray(Passage[]::new));
      state = new AutoMerge(index, words, 8 + random.nextInt(60), 0.5).apply(state);
      state = new SentenceWindow(index, 1 + random.nextInt(3)).apply(state);
      for (Passage passage : state.passages()) {
        assertThat(passage.text()).isEqualTo(text.substring(passage.start(), passage.end()));
      }
      for (Passage leaf : found) {
        assertThat(state.passages().stream().filter(p -> p.range().holds(leaf.range()))).hasSize(1);
      }
    }
  }

  @Test
  void budget_is_kept_and_cuts_between_sentences() {
    Passage three = passage(0, 2);
    Passage one = chunk(7);
    int each = words.count(one.text());
    assertThat(budgeted(4 * each, three, one)).containsExactly(three.text(), one.text());
    assertThat(budgeted(3 * each, three, one)).containsExactly(three.text());
    assertThat(budgeted(2 * each + 1, three, one)).containsExactly(passage(0, 1).text());
    assertThat(budgeted(each, three, one)).containsExactly(chunk(0).text());
    assertThat(budgeted(each - 1, three, one)).isEmpty();
    assertThat(budgeted(2 * each, one, three, chunk(9)))
        .containsExactly(one.text(), chunk(0).text());
  }

  private List<String> budgeted(int tokens, Passage... found) {
    Retrieved state = States.found(found);
    state =
        Retrieved.start(state.request().budgeted(new ContextBudget(tokens, words)), 10)
            .withPassages(state.passages());
    return new Budget().apply(state).passages().stream().map(Passage::text).toList();
  }

  private Retrieved merge(int tokens, double share, Passage... found) {
    return new AutoMerge(index, words, tokens, share).apply(States.found(found));
  }

  private Passage chunk(int i) {
    return passage(i, i);
  }

  private Passage passage(int from, int to) {
    Range range = chunks.get(from).join(chunks.get(to));
    Range section =
        from < FIRST_SECTION
            ? new Range(0, chunks.get(FIRST_SECTION - 1).end())
            : new Range(chunks.get(FIRST_SECTION).start(), text.length());
    return new Passage(
        "doc",
        "T",
        null,
        1,
        range.start(),
        range.end(),
        text.substring(range.start(), range.end()),
        List.of(),
        section,
        1);
  }
}
