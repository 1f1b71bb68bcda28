package dev.millrace.models.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.models.checkpoint.Checkpoint;
import dev.millrace.models.embedding.EmbeddingModel.Role;
import dev.millrace.models.script.TorchRuntime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TransformerEmbeddingTest {

  private static final TorchRuntime CPU = TorchRuntime.cpu();
  private static final String WORDS = "alpha beta gamma delta epsilon zeta eta theta iota kappa";

  @TempDir Path directory;

  @Test
  void vectors_have_length_one_and_do_not_depend_on_the_batch() throws IOException {
    write(EncoderConfig.Family.BERT, 0);
    try (TransformerEmbedding model = TransformerEmbedding.open(CPU, "m", directory)) {
      List<String> texts = List.of("alpha beta", "", WORDS, "gamma gamma theta", "kappa");
      List<float[]> together = model.embed(texts, Role.PASSAGE);

      assertThat(model.dimension()).isEqualTo(24);
      assertThat(model.tokens().count("alpha beta gamma")).isEqualTo(3);
      for (int i = 0; i < texts.size(); i++) {
        float[] alone = model.embed(List.of(texts.get(i)), Role.PASSAGE).getFirst();
        double squares = 0;
        for (int k = 0; k < alone.length; k++) {
          assertThat(together.get(i)[k]).isCloseTo(alone[k], within(1e-5f));
          squares += alone[k] * alone[k];
        }
        assertThat(squares).isCloseTo(1, within(1e-5));
      }
    }
  }

  @Test
  void a_text_longer_than_the_encoder_is_read_in_windows_to_its_end() throws IOException {
    write(EncoderConfig.Family.BERT, 0);
    String start = (WORDS + " ").repeat(5);
    try (TransformerEmbedding model = TransformerEmbedding.open(CPU, "m", directory)) {
      float[] one = model.embed(List.of(start + "alpha alpha alpha"), Role.PASSAGE).getFirst();
      float[] other = model.embed(List.of(start + "kappa kappa kappa"), Role.PASSAGE).getFirst();
      assertThat(one).isNotEqualTo(other);
    }
  }

  @Test
  void prompts_of_the_directory_stand_before_queries() throws IOException {
    write(EncoderConfig.Family.ROBERTA, 0);
    Files.writeString(
        directory.resolve("config_sentence_transformers.json"),
        "{\"prompts\": {\"query\": \"theta \"}}");
    try (TransformerEmbedding model = TransformerEmbedding.open(CPU, "m", directory)) {
      float[] query = model.embed(List.of("beta"), Role.QUERY).getFirst();
      assertThat(query)
          .isEqualTo(model.embed(List.of("theta beta"), Role.PASSAGE).getFirst())
          .isNotEqualTo(model.embed(List.of("beta"), Role.PASSAGE).getFirst());
    }
  }

  @Test
  void scores_of_pairs_and_texts_come_in_the_order_asked_for() throws IOException {
    write(EncoderConfig.Family.BERT, 1);
    try (TextScorer scorer = TextScorer.open(CPU, directory)) {
      TextScorer.Pair a = new TextScorer.Pair("alpha", "beta gamma " + WORDS);
      TextScorer.Pair b = new TextScorer.Pair("theta", "beta");
      TextScorer.Pair tooLong = new TextScorer.Pair("theta", (WORDS + " ").repeat(9));
      float[] together = scorer.relevance(List.of(a, b, tooLong));

      assertThat(together[0]).isCloseTo(scorer.relevance(List.of(a))[0], within(1e-5f));
      assertThat(together[1]).isCloseTo(scorer.relevance(List.of(b))[0], within(1e-5f));
      for (float score : together) {
        assertThat(score).isStrictlyBetween(0f, 1f);
      }
      assertThat(scorer.score(List.of("alpha beta"))).hasDimensions(1, 1);
    }
  }

  @Test
  void a_directory_without_a_head_scores_nothing() throws IOException {
    write(EncoderConfig.Family.BERT, 0);
    assertThatThrownBy(() -> TextScorer.open(CPU, directory))
        .hasMessageContaining("no classification head");
  }

  private void write(EncoderConfig.Family family, int labels) throws IOException {
    EncoderConfig config = EncoderTest.config(family, labels);
    Checkpoint.write(directory, Encoder.randomWeights(config, 2).values());
    Files.writeString(directory.resolve("config.json"), config.json().toString());
    var vocabulary = new StringBuilder("\"[PAD]\": 0, \"[UNK]\": 1, \"[CLS]\": 2, \"[SEP]\": 3");
    int id = 4;
    for (String word : WORDS.split(" ")) {
      vocabulary.append(", \"").append(word).append("\": ").append(id++);
    }
    Files.writeString(
        directory.resolve("tokenizer.json"),
        """
        {"version": "1.0", "truncation": null, "padding": null, "normalizer": null,
         "added_tokens": [
           {"id": 2, "content": "[CLS]", "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": false, "special": true},
           {"id": 3, "content": "[SEP]", "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": false, "special": true}],
         "pre_tokenizer": {"type": "Whitespace"}, "decoder": {"type": "WordPiece", "prefix": "##",
         "cleanup": true},
         "post_processor": {"type": "TemplateProcessing",
           "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}},
             {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
           "pair": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}},
             {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}},
             {"Sequence": {"id": "B", "type_id": 1}}, {"SpecialToken": {"id": "[SEP]", "type_id": 1}}],
           "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]},
             "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]}}},
         "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
           "max_input_chars_per_word": 100, "vocab": {%s}}}
        """
            .formatted(vocabulary));
  }
}
