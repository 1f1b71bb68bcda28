package dev.millrace.models.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DetokenizerTest {

  @TempDir static Path directory;

  private static Tokenizer byteLevel;

  @BeforeAll
  static void train() {
    BytePairTrainer.train(
            List.of("some plain text, some 漢字 漢字 and 🎉🎉 some é é text"),
            300,
            List.of("<|end|>", "<|a b|>"))
        .write(directory);
    byteLevel = Tokenizer.open(directory);
  }

  @AfterAll
  static void close() {
    byteLevel.close();
  }

  /** Every piece must be whole characters; the pieces must be the text of all tokens. */
  private static String join(Detokenizer detokenizer, int[] tokens) {
    StringBuilder text = new StringBuilder();
    for (int token : tokens) {
      String piece = detokenizer.add(token);
      assertThat(piece.isEmpty() || !Character.isLowSurrogate(piece.charAt(0))).isTrue();
      assertThat(piece.isEmpty() || !Character.isHighSurrogate(piece.charAt(piece.length() - 1)))
          .isTrue();
      text.append(piece);
    }
    return text.append(detokenizer.finish()).toString();
  }

  private static String randomText(Random random) {
    int[][] ranges = {
      {0x20, 0x7e}, {0xa1, 0x17f}, {0x300, 0x36f}, {0x4e00, 0x9fff}, {0x1f300, 0x1f6ff},
      {0x200d, 0x200d}, {0xfe0f, 0xfe0f}, {0x0590, 0x06ff}, {0x10000, 0x100ff}, {0x9, 0xa}
    };
    StringBuilder text = new StringBuilder();
    int length = random.nextInt(40);
    for (int i = 0; i < length; i++) {
      int[] range = ranges[random.nextInt(ranges.length)];
      text.appendCodePoint(range[0] + random.nextInt(range[1] - range[0] + 1));
    }
    return text.toString();
  }

  @Test
  void pieces_of_any_text_are_whole_characters_and_make_up_the_text() {
    Random random = new Random(11);
    Detokenizer detokenizer = byteLevel.detokenizer(false);
    for (int round = 0; round < 2000; round++) {
      String text = randomText(random);
      assertThat(join(detokenizer, byteLevel.encode(text))).isEqualTo(text);
    }
  }

  @Test
  void nothing_is_replaced_while_a_character_may_still_be_completed() {
    int[] tokens = byteLevel.encode("👩‍👩‍👧");
    assertThat(tokens.length).isGreaterThan(5);
    Detokenizer detokenizer = byteLevel.detokenizer(false);
    for (int token : tokens) {
      assertThat(detokenizer.add(token)).doesNotContain("\ufffd");
    }
    assertThat(detokenizer.finish()).isEmpty();
  }

  @Test
  void random_tokens_give_what_decoding_all_of_them_gives() {
    Random random = new Random(5);
    for (int round = 0; round < 2000; round++) {
      int[] tokens = random.ints(random.nextInt(30), 0, byteLevel.size()).toArray();
      for (boolean skip : new boolean[] {true, false}) {
        String whole = byteLevel.decode(tokens, skip);
        assertThat(join(byteLevel.detokenizer(skip), tokens)).isEqualTo(whole);
        // The general detokenizer differs only in how it cuts ill-formed bytes.
        if (!whole.contains("\ufffd")) {
          assertThat(join(new WindowDetokenizer(ids -> byteLevel.decode(ids, skip)), tokens))
              .isEqualTo(whole);
        }
      }
    }
  }

  @Test
  void the_window_of_the_general_detokenizer_stays_small() {
    int[] widest = {0};
    Detokenizer detokenizer =
        new WindowDetokenizer(
            ids -> {
              widest[0] = Math.max(widest[0], ids.length);
              return byteLevel.decode(ids, false);
            });
    Random random = new Random(2);
    for (int i = 0; i < 5000; i++) {
      detokenizer.add(random.nextInt(byteLevel.size()));
    }
    assertThat(widest[0]).isLessThanOrEqualTo(32);
  }

  @Test
  void sentencepiece_with_byte_fallback_is_joined_like_the_whole() {
    Path llama2 = directory.resolve("llama2");
    TokenizerDefinition definition = CharacterTokenizer.of("▁abcé", List.of("<s>", "</s>"));
    ObjectNode root = definition.tokenizer();
    ObjectNode model = (ObjectNode) root.get("model");
    for (int b = 0; b < 256; b++) {
      ((ObjectNode) model.get("vocab")).put("<0x%02X>".formatted(b), 7 + b);
    }
    model.put("byte_fallback", true);
    ObjectNode normalizer = root.putObject("normalizer").put("type", "Sequence");
    var steps = normalizer.putArray("normalizers");
    steps.addObject().put("type", "Prepend").put("prepend", "▁");
    ObjectNode replace = steps.addObject().put("type", "Replace").put("content", "▁");
    replace.putObject("pattern").put("String", " ");
    var decoders = root.putObject("decoder").put("type", "Sequence").putArray("decoders");
    ObjectNode back = decoders.addObject().put("type", "Replace").put("content", " ");
    back.putObject("pattern").put("String", "▁");
    decoders.addObject().put("type", "ByteFallback");
    decoders.addObject().put("type", "Fuse");
    decoders.addObject().put("type", "Strip").put("content", " ").put("start", 1).put("stop", 0);
    definition.write(llama2);

    try (Tokenizer tokenizer = Tokenizer.open(llama2)) {
      List<String> texts = new ArrayList<>(List.of("a b", " a", "  ", "", "é漢字🎉", "▁", "a\n"));
      Random random = new Random(3);
      for (int i = 0; i < 200; i++) {
        texts.add(randomText(random));
      }
      Detokenizer detokenizer = tokenizer.detokenizer(true);
      assertThat(detokenizer).isInstanceOf(ByteDetokenizer.class);
      for (String text : texts) {
        int[] tokens = tokenizer.encode(text);
        assertThat(join(detokenizer, tokens)).isEqualTo(tokenizer.decode(tokens, true));
      }
      assertThat(join(detokenizer, tokenizer.encode("é 漢字🎉"))).isEqualTo("é 漢字🎉");
    }
  }
}
