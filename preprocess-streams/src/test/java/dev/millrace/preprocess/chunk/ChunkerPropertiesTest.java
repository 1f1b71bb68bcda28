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
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;

/** What holds for the chunks of every document. */
class ChunkerPropertiesTest {

  private static final TokenCounter TOKENS = new WordTokens();
  private static final ChunkSettings SETTINGS = new ChunkSettings(24, 8);
  private static final Cleaner CLEANER =
      new Cleaner(new CleanSettings(false, "ZZ", 1, 1, 1, 1, List.of(), List.of()));

  private static final List<String> WORDS =
      List.of("mill", "stream", "Wasser", "größer", "42", "3.5", "naïve", "x=y;", "a-b");
  private static final List<String> STOPS = List.of(". ", "! ", "? ", ", ", " ", "\n", "。");
  private static final List<String> ODD =
      List.of("水車が回る。川は流れる。", "😀😀👩‍👩‍👧", "𠮷野家", "é́", "\uD83D", "한국어 문장.");

  private static <T> T any(Random random, List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }

  private static String odd(Random random) {
    return switch (random.nextInt(3)) {
      case 0 -> any(random, ODD);
      case 1 ->
          random
              .ints(1 + random.nextInt(20), 0, Character.MAX_CODE_POINT + 1)
              .mapToObj(Character::toString)
              .collect(Collectors.joining());
      default ->
          random
              .ints(200 + random.nextInt(400), 'a', 'g')
              .mapToObj(Character::toString)
              .collect(Collectors.joining());
    };
  }

  private static String text(Random random) {
    return IntStream.rangeClosed(0, random.nextInt(60))
        .mapToObj(
            i -> {
              int kind = random.nextInt(11);
              return kind < 6 ? any(random, WORDS) : kind < 10 ? any(random, STOPS) : odd(random);
            })
        .collect(Collectors.joining(" "));
  }

  private static Block block(Random random) {
    return switch (random.nextInt(5)) {
      case 0 -> new Block.Paragraph(text(random));
      case 1 -> new Block.ListItem(text(random));
      case 2 -> new Block.TableRow(text(random));
      case 3 -> new Block.Code(text(random));
      default -> new Block.Heading(1 + random.nextInt(6), any(random, WORDS));
    };
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

  @RepeatedTest(300)
  void chunks_are_in_order_cover_the_text_and_keep_their_size(RepetitionInfo info) {
    var random = new Random(info.getCurrentRepetition());
    List<Block> blocks =
        IntStream.rangeClosed(0, random.nextInt(25)).mapToObj(i -> block(random)).toList();
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
