package dev.millrace.preprocess.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.models.embedding.WordTokens;
import dev.millrace.preprocess.clean.CleanSettings;
import dev.millrace.preprocess.clean.Cleaner;
import dev.millrace.preprocess.document.Block;
import dev.millrace.preprocess.document.ParsedDocument;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A small edit to a long document must leave nearly all of its chunks as they are. */
class ChunkStabilityTest {

  private static final Cleaner CLEANER =
      new Cleaner(new CleanSettings(false, "ZZ", 1, 1, 1, 1, List.of(), List.of()));
  private static final Chunker CHUNKER = new Chunker(ChunkSettings.DEFAULT, new WordTokens());
  private static final int MOST_NEW_CHUNKS = 3;

  /** Paragraphs of sentences; edited by replacing, adding or removing one sentence. */
  private record Text(List<List<String>> paragraphs) {

    static Text random(Random random, int paragraphs, int sentencesEach) {
      List<List<String>> all = new ArrayList<>();
      for (int p = 0; p < paragraphs; p++) {
        List<String> sentences = new ArrayList<>();
        int count = paragraphs == 1 ? sentencesEach : 1 + random.nextInt(2 * sentencesEach - 1);
        for (int s = 0; s < count; s++) {
          sentences.add(sentence(random));
        }
        all.add(sentences);
      }
      return new Text(all);
    }

    static String sentence(Random random) {
      int words = 5 + random.nextInt(25);
      return random
          .ints(words, 0, 3000)
          .mapToObj(word -> Integer.toString(word + 40_000, 36))
          .collect(Collectors.joining(" ", "The ", "."));
    }

    Text copy() {
      return new Text(
          paragraphs.stream()
              .<List<String>>map(ArrayList::new)
              .collect(Collectors.toCollection(ArrayList::new)));
    }

    Set<String> hashes() {
      List<Block> blocks =
          paragraphs.stream()
              .filter(sentences -> !sentences.isEmpty())
              .<Block>map(sentences -> new Block.Paragraph(String.join(" ", sentences)))
              .toList();
      var cleaned =
          CLEANER.clean(
              new ParsedDocument("text/plain", Optional.of("Title"), blocks), Optional.empty());
      return CHUNKER.chunk(cleaned).stream().map(TextChunk::hash).collect(Collectors.toSet());
    }
  }

  private static int newChunks(Set<String> before, Set<String> after) {
    var fresh = new HashSet<>(after);
    fresh.removeAll(before);
    return fresh.size();
  }

  /** No headings at all: the hardest case. One wall of text, usual paragraphs, one-line ones. */
  @ParameterizedTest
  @CsvSource({
    "200, 4, replace", "200, 4, insert", "200, 4, remove",
    "1, 800, replace", "1, 800, insert", "1, 800, remove",
    "800, 1, replace", "800, 1, insert", "800, 1, remove"
  })
  void one_changed_sentence_makes_at_most_three_new_chunks(
      int paragraphs, int sentencesEach, String edit) {
    var random = new Random(7);
    Text text = Text.random(random, paragraphs, sentencesEach);
    Set<String> before = text.hashes();
    assertThat(before).hasSizeBetween(90, 180);
    int edits = 120;
    int beyond = 0;
    for (int i = 0; i < edits; i++) {
      int fresh = newChunks(before, edited(text, edit, random).hashes());
      assertThat(fresh).isLessThanOrEqualTo(MOST_NEW_CHUNKS + 1);
      beyond += fresh > MOST_NEW_CHUNKS ? 1 : 0;
    }
    assertThat(beyond).as("edits that make one more").isLessThanOrEqualTo(edits / 100);
  }

  private static Text edited(Text text, String edit, Random random) {
    Text edited = text.copy();
    List<String> paragraph = edited.paragraphs().get(random.nextInt(edited.paragraphs().size()));
    int at = random.nextInt(paragraph.size());
    switch (edit) {
      case "replace" -> paragraph.set(at, Text.sentence(random));
      case "insert" -> paragraph.add(at, Text.sentence(random));
      default -> paragraph.remove(at);
    }
    return edited;
  }

  @Test
  void a_changed_number_within_a_sentence_makes_at_most_three_new_chunks() {
    var random = new Random(3);
    Text text = Text.random(random, 200, 4);
    Set<String> before = text.hashes();
    for (int p = 0; p < text.paragraphs().size(); p += 5) {
      Text edited = text.copy();
      String first = edited.paragraphs().get(p).getFirst();
      edited.paragraphs().get(p).set(0, first.substring(0, first.length() - 1) + " 17.");

      assertThat(newChunks(before, edited.hashes())).isBetween(1, MOST_NEW_CHUNKS);
    }
  }
}
