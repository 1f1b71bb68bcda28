package dev.millrace.models.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A tokenizer of the BERT family, written out by hand. */
class WordPieceTest {

  private static final String JSON =
      """
      {"version": "1.0", "truncation": null, "padding": null,
       "added_tokens": [
         {"id": 0, "content": "[PAD]", "single_word": false, "lstrip": false, "rstrip": false,
          "normalized": false, "special": true},
         {"id": 2, "content": "[CLS]", "single_word": false, "lstrip": false, "rstrip": false,
          "normalized": false, "special": true},
         {"id": 3, "content": "[SEP]", "single_word": false, "lstrip": false, "rstrip": false,
          "normalized": false, "special": true}],
       "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
         "strip_accents": null, "lowercase": true},
       "pre_tokenizer": {"type": "BertPreTokenizer"},
       "post_processor": {"type": "TemplateProcessing",
         "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}},
                    {"Sequence": {"id": "A", "type_id": 0}},
                    {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
         "pair": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}},
                  {"Sequence": {"id": "A", "type_id": 0}},
                  {"SpecialToken": {"id": "[SEP]", "type_id": 0}},
                  {"Sequence": {"id": "B", "type_id": 1}},
                  {"SpecialToken": {"id": "[SEP]", "type_id": 1}}],
         "special_tokens": {
           "[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]},
           "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]}}},
       "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
       "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
         "max_input_chars_per_word": 100,
         "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "mill": 4, "##race": 5,
                   "turns": 6, "the": 7, ".": 8}}}
      """;

  @TempDir static Path directory;

  private static Tokenizer tokenizer;

  @BeforeAll
  static void open() throws Exception {
    tokenizer = Tokenizer.open(Files.writeString(directory.resolve("tokenizer.json"), JSON));
  }

  @AfterAll
  static void close() {
    tokenizer.close();
  }

  @Test
  void special_tokens_stand_around_a_text_only_if_asked_for() {
    assertThat(tokenizer.encode("The Millrace turns.")).containsExactly(7, 4, 5, 6, 8);
    assertThat(tokenizer.encode("The Millrace turns.", true)).containsExactly(2, 7, 4, 5, 6, 8, 3);
    assertThat(tokenizer.counter().count("The Millrace turns.")).isEqualTo(5);
    assertThat(tokenizer.encode("wheel")).containsExactly(1);
  }

  @Test
  void a_pair_has_a_type_for_each_side() {
    EncodedPair pair = tokenizer.encodePair("millrace", "turns.");
    assertThat(pair.ids()).containsExactly(2, 4, 5, 3, 6, 8, 3);
    assertThat(pair.typeIds()).containsExactly(0, 0, 0, 0, 1, 1, 1);
  }

  @Test
  void its_text_comes_out_piece_by_piece() {
    Detokenizer detokenizer = tokenizer.detokenizer(true);
    assertThat(detokenizer).isInstanceOf(WindowDetokenizer.class);
    StringBuilder text = new StringBuilder();
    for (int token : tokenizer.encode("The millrace turns the mill", true)) {
      text.append(detokenizer.add(token));
    }
    assertThat(text.append(detokenizer.finish())).hasToString("the millrace turns the mill");
  }

  @Test
  void many_threads_may_encode_at_once() throws Exception {
    try (var threads = Executors.newFixedThreadPool(4)) {
      List<Future<int[]>> results =
          IntStream.range(0, 200)
              .mapToObj(i -> threads.submit(() -> tokenizer.encode("mill ".repeat(i))))
              .toList();
      for (int i = 0; i < results.size(); i++) {
        assertThat(results.get(i).get())
            .hasSize(i)
            .containsOnly(IntStream.range(0, i).map(x -> 4).toArray());
      }
    }
  }
}
