package dev.millrace.models.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerTest {

  @TempDir static Path directory;

  private static final TokenizerDefinition TRAINED =
      BytePairTrainer.train(
          List.of("low lower lowest low low newer newest wider widest"),
          280,
          List.of("<|end|>", "<|user|>"));

  @BeforeAll
  static void write() {
    TRAINED.write(directory);
  }

  private static final String MIXED =
      "<|user|>lower Größe 漢字 🎉👩‍👩‍👧 e\u0301\n\ttab  \u0000 end";

  @Test
  void any_text_survives_the_round_trip() {
    try (Tokenizer tokenizer = Tokenizer.open(directory)) {
      assertThat(tokenizer.decode(tokenizer.encode(MIXED), false)).isEqualTo(MIXED);
      assertThat(tokenizer.decode(tokenizer.encode(MIXED), true))
          .isEqualTo(MIXED.substring("<|user|>".length()));
      assertThat(tokenizer.encode("")).isEmpty();
    }
  }

  @Test
  void bytes_of_tokens_joined_are_the_text_and_special_ones_have_none() {
    try (Tokenizer tokenizer = Tokenizer.open(directory)) {
      List<byte[]> bytes = tokenizer.tokenBytes().orElseThrow();
      var text = new ByteArrayOutputStream();
      for (int token : tokenizer.encode(MIXED)) {
        text.writeBytes(bytes.get(token));
      }
      assertThat(text.toString(StandardCharsets.UTF_8))
          .isEqualTo(MIXED.substring("<|user|>".length()));
      assertThat(bytes).hasSize(tokenizer.size());
      assertThat(bytes.get(1)).isEmpty();
    }
  }

  @Test
  void special_tokens_are_recognised_and_known() {
    try (Tokenizer tokenizer = Tokenizer.open(directory)) {
      assertThat(tokenizer.encode("<|user|>")).containsExactly(1);
      assertThat(tokenizer.id("<|user|>")).hasValue(1);
      assertThat(tokenizer.id("<|nobody|>")).isEmpty();
      assertThat(tokenizer.isSpecial(1)).isTrue();
      assertThat(tokenizer.isSpecial(2)).isFalse();
      assertThat(tokenizer.token(0)).isEqualTo("<|end|>");
      assertThat(tokenizer.size()).isEqualTo(TRAINED.size());
      assertThatThrownBy(() -> tokenizer.requireId("<|nobody|>"))
          .isInstanceOf(TokenizerException.class)
          .hasMessageContaining("has no token '<|nobody|>'");
    }
  }

  @Test
  void long_texts_are_not_cut_even_if_the_file_asks_for_it() throws Exception {
    Path cutting = Files.createDirectory(directory.resolve("cutting"));
    TokenizerDefinition definition =
        new TokenizerDefinition(TRAINED.tokenizer().deepCopy(), TRAINED.config());
    definition
        .tokenizer()
        .putObject("truncation")
        .put("direction", "Right")
        .put("max_length", 4)
        .put("strategy", "LongestFirst")
        .put("stride", 0);
    definition.write(cutting);
    String text = String.join("", Collections.nCopies(5000, "low "));
    try (Tokenizer tokenizer = Tokenizer.open(cutting)) {
      int[] ids = tokenizer.encode(text);
      assertThat(ids.length).isGreaterThan(4999);
      assertThat(tokenizer.decode(ids, false)).isEqualTo(text);
      assertThat(tokenizer.counter().count(text)).isEqualTo(ids.length);
      assertThat(tokenizer.counter().count("")).isZero();
    }
  }

  @Test
  void a_batch_gives_what_each_text_gives_alone() {
    List<String> texts = List.of("low", "", "the newest 漢字", "<|end|>");
    try (Tokenizer tokenizer = Tokenizer.open(directory)) {
      assertThat(tokenizer.encodeAll(texts, false))
          .containsExactlyElementsOf(texts.stream().map(tokenizer::encode).toList());
      assertThat(tokenizer.encodeAll(List.of(), true)).isEmpty();
    }
  }

  @Test
  void a_closed_tokenizer_says_so() {
    Tokenizer tokenizer = Tokenizer.open(directory);
    tokenizer.close();
    assertThatThrownBy(() -> tokenizer.encode("low")).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> tokenizer.encodeAll(List.of("low"), false))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void half_a_surrogate_pair_becomes_the_replacement_character() {
    try (Tokenizer tokenizer = Tokenizer.open(directory)) {
      assertThat(tokenizer.decode(tokenizer.encode("a\ud83cb\udf89"), false))
          .isEqualTo("a\ufffdb\ufffd");
    }
  }

  @Test
  void ids_out_of_the_vocabulary_are_refused() {
    try (Tokenizer tokenizer = Tokenizer.open(directory)) {
      for (int id : new int[] {-1, tokenizer.size()}) {
        assertThatThrownBy(() -> tokenizer.decode(new int[] {id}, false))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("token id " + id + " is not in the vocabulary");
      }
    }
  }

  @Test
  void a_character_tokenizer_has_one_token_a_character_and_refuses_others() {
    Path characters = directory.resolve("characters");
    CharacterTokenizer.of("0123456789+-=? 🎉", List.of("<pad>", "<eos>"))
        .withRole("pad_token", "<pad>")
        .withRole("eos_token", "<eos>")
        .write(characters);
    try (Tokenizer tokenizer = Tokenizer.open(characters)) {
      assertThat(tokenizer.size()).isEqualTo(18);
      assertThat(tokenizer.encode("12+3=?")).containsExactly(3, 4, 12, 5, 14, 15);
      assertThat(tokenizer.decode(new int[] {3, 17, 1, 0}, false)).isEqualTo("1🎉<eos><pad>");
      assertThat(tokenizer.decode(new int[] {3, 17, 1, 0}, true)).isEqualTo("1🎉");
      assertThatThrownBy(() -> tokenizer.encode("1x"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("character 'x' (U+0078) is not in the vocabulary");
    }
  }

  @Test
  void a_character_twice_and_a_role_without_a_token_are_refused() {
    assertThatThrownBy(() -> CharacterTokenizer.of("aba", List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'a' is empty or occurs twice");
    assertThatThrownBy(() -> TRAINED.withRole("eos_token", "</s>"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the vocabulary has no token '</s>' for eos_token");
  }

  @Test
  void damaged_files_are_refused_in_one_line() throws Exception {
    Path file = directory.resolve("bad.json");
    assertRefused(file, "no such file");
    assertRefused(Files.writeString(file, "{"), "is not JSON");
    assertRefused(Files.writeString(file, "[]"), "is not a JSON object");
    assertRefused(Files.writeString(file, "{\"model\":{\"type\":\"BPE\"}}"), "has no vocabulary");
    assertRefused(
        Files.writeString(file, "{\"model\":{\"type\":\"BPE\",\"vocab\":{}}}"),
        "has no vocabulary");
    assertRefused(
        Files.writeString(file, "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":-3}}}"),
        "token 'a' has the id -3");
    assertRefused(
        Files.writeString(file, "{\"model\":{\"type\":\"Abacus\",\"vocab\":{\"a\":0}}}"),
        "is not a usable tokenizer");
  }

  private static void assertRefused(Path file, String reason) {
    assertThatThrownBy(() -> Tokenizer.open(file))
        .isInstanceOf(TokenizerException.class)
        .hasMessageStartingWith(file.toString())
        .hasMessageContaining(reason)
        .hasMessageNotContaining("\n");
  }
}
