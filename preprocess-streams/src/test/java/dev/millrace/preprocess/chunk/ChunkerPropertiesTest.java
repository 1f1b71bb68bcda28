package dev.millrace.preprocess.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.models.embedding.TokenCounter;
import dev.millrace.models.embedding.WordTokens;
import dev.millrace.preprocess.clean.CleanSettings;
import dev.millrace.preprocess.clean.CleanedDocument;
import dev.millrace.preprocess.clean.Cleaner;
import dev.millrace.preprocess.document.Block;
import dev.millrace.preprocess.document.ParsedDocument;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;

/** What holds for the chunks of every document. */
class ChunkerPropertiesTest {

  private static final TokenCounter TOKENS = new WordTokens();
  private static final ChunkSettings SETTINGS = new ChunkSettings(24, 8);
  private static final Cleaner CLEANER =
      new Cleaner(new CleanSettings(false, "ZZ", 1, 1, 1, 1, List.of(), List.of()));

  @Provide
  Arbitrary<List<Block>> blocks() {
    Arbitrary<String> words =
        Arbitraries.of("mill", "stream", "Wasser", "größer", "42", "3.5", "naïve", "x=y;", "a-b");
    Arbitrary<String> stops = Arbitraries.of(". ", "! ", "? ", ", ", " ", "\n", "。");
    Arbitrary<String> odd =
        Arbitraries.oneOf(
            Arbitraries.of("水車が回る。川は流れる。", "😀😀👩‍👩‍👧", "𠮷野家", "é́", "\uD83D", "한국어 문장."),
            Arbitraries.strings().ofMinLength(1).ofMaxLength(20),
            Arbitraries.strings().withCharRange('a', 'f').ofMinLength(200).ofMaxLength(600));
    Arbitrary<String> text =
        Arbitraries.frequencyOf(
                net.jqwik.api.Tuple.of(6, words),
                net.jqwik.api.Tuple.of(4, stops),
                net.jqwik.api.Tuple.of(1, odd))
            .list()
            .ofMinSize(1)
            .ofMaxSize(60)
            .map(parts -> String.join(" ", parts));
    Arbitrary<Block> block =
        Arbitraries.oneOf(
            text.map(Block.Paragraph::new),
            text.map(Block.ListItem::new),
            text.map(Block.TableRow::new),
            text.map(Block.Code::new),
            Arbitraries.integers()
                .between(1, 6)
                .flatMap(level -> words.map(word -> new Block.Heading(level, word))));
    return block.list().ofMinSize(1).ofMaxSize(25);
  }

  private static Optional<CleanedDocument> cleaned(List<Block> blocks) {
    try {
      return Optional.of(
          CLEANER.clean(
              new ParsedDocument("text/plain", Optional.empty(), blocks), Optional.empty()));
    } catch (dev.millrace.preprocess.document.RejectedException e) {
      return Optional.empty(); // nothing but white space
    }
  }

  @Property(tries = 300, shrinking = ShrinkingMode.BOUNDED)
  void chunks_are_in_order_cover_the_text_and_keep_their_size(
      @ForAll("blocks") List<Block> blocks) {
    cleaned(blocks).ifPresent(ChunkerPropertiesTest::check);
  }

  private static void check(CleanedDocument document) {
    String text = document.text();
    List<TextChunk> chunks = new Chunker(SETTINGS, TOKENS).chunk(document);
    int covered = 0;
    for (TextChunk chunk : chunks) {
      String part = text.substring(chunk.start(), chunk.end());
      assertThat(part).isNotBlank();
      assertThat(chunk.start()).isLessThan(chunk.end());
      if (chunk.start() > covered) {
        assertThat(text.substring(covered, chunk.start())).as("a gap").isBlank();
      }
      assertThat(chunk.end()).as("every chunk adds something").isGreaterThan(covered);
      covered = chunk.end();
      assertThat(Character.isLowSurrogate(part.charAt(0))).as("split surrogates").isFalse();
      assertThat(Character.isHighSurrogate(part.charAt(part.length() - 1))).isFalse();
      assertThat(chunk.tokens()).isEqualTo(TOKENS.count(part)).isPositive();
      assertThat(chunk.tokens())
          .isLessThanOrEqualTo(SETTINGS.maxTokens() + SETTINGS.overlapTokens());
      assertThat(chunk.parentStart()).isLessThanOrEqualTo(chunk.start());
      assertThat(chunk.parentEnd()).isGreaterThanOrEqualTo(chunk.end());
      assertThat(chunk.hash()).matches("[0-9a-f]{64}");
    }
    assertThat(text.substring(covered)).isBlank();
  }
}
