package dev.millrace.reward.function;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.contracts.avro.FinishReason;
import dev.millrace.contracts.avro.Message;
import dev.millrace.models.checkpoint.Checkpoint;
import dev.millrace.models.checkpoint.Tensor;
import dev.millrace.models.decoder.DecoderConfig;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.decoder.Initialisation;
import dev.millrace.models.encoder.Encoder;
import dev.millrace.models.encoder.EncoderConfig;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.models.tokenizer.CharacterTokenizer;
import dev.millrace.models.train.ValueHead;
import dev.millrace.models.train.ValueScorer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LearnedRewardTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "one. two. three|one;one. two;one. two. three",
        "one. two. |one;one. two",
        "no mark|no mark",
        ". |. ",
      })
  void a_completion_is_scored_up_to_the_end_of_each_step(String text, String steps) {
    var reward = new LearnedReward(null, 0, true, ". ", LearnedReward.OverSteps.MIN);
    assertThat(reward.steps(text + (text.endsWith(".") ? " " : "")).stream().map(String::strip))
        .isEqualTo(List.of(steps.split(";")).stream().map(String::strip).toList());
  }

  @ParameterizedTest
  @CsvSource({"MIN, 0.2", "MEAN, 0.5", "LAST, 0.5", "PRODUCT, 0.08"})
  void scores_of_steps_become_one(LearnedReward.OverSteps over, double expected) {
    assertThat(LearnedReward.together(new double[] {0.8, 0.2, 0.5}, over))
        .isCloseTo(expected, within(1e-12));
  }

  /**
   * A model whose value is a sum over the last state: whatever it is, it must be the same twice.
   */
  @Test
  void a_decoder_with_a_value_head_scores_what_the_policy_wrote(@TempDir Path folder) {
    var config = DecoderConfig.llama(14, 16, 1, 2, 1, 24, 32);
    var runtime = TorchRuntime.cpu();
    try (DecoderWeights weights = DecoderWeights.random(runtime, config, Initialisation.SCALED, 3);
        ValueHead head = head(runtime, config)) {
      ValueScorer.save(weights, head, folder);
      CharacterTokenizer.of("0123456789+=", List.of("<pad>", "<eos>"))
          .withRole("eos_token", "<eos>")
          .write(folder);
      float direct;
      try (ValueScorer scorer = new ValueScorer(weights.duplicate(), head(runtime, config))) {
        int[] prompt = {5, 12, 6, 13}; // 3+4=
        int[] answer = {9, 1}; // 7 and the end
        direct = scorer.score(List.of(ValueScorer.atEnd(prompt, answer)))[0];
      }
      try (RewardFunction reward =
          Inputs.function("learned", "{'squash': false, 'model': '" + folder + "'}")) {
        assertThat(reward.score(input("7"))).isCloseTo(direct, within(1e-6));
        assertThat(reward.score(input("8"))).isNotCloseTo(direct, within(1e-4));
        assertThatSteps(folder, 0, reward, "7+8+9");
      }
    }
  }

  @Test
  void an_encoder_with_a_classification_head_scores_answers_and_their_steps(@TempDir Path folder)
      throws IOException {
    var config =
        new EncoderConfig(EncoderConfig.Family.BERT, 50, 24, 2, 3, 40, 32, 2, 1e-5, "gelu", 0, 2);
    Checkpoint.write(folder, Encoder.randomWeights(config, 2).values());
    Files.writeString(folder.resolve("config.json"), config.json().toString());
    // Characters as words, and the two that stand around texts.
    CharacterTokenizer.of("0123456789+=", List.of("[PAD]", "[CLS]", "[SEP]")).write(folder);
    String model = "'squash': false, 'label': 1, 'model': '" + folder + "'";
    try (RewardFunction reward = Inputs.function("learned", "{" + model + "}")) {
      assertThat(reward.scoreAll(List.of(input("7"), input("8"))))
          .satisfies(scores -> assertThat(scores.get(0)).isNotEqualTo(scores.get(1)));
      assertThatSteps(folder, 1, reward, "7+8+9");
    }
  }

  /** Every step is scored as the answer that ends with it. */
  private static void assertThatSteps(Path folder, int label, RewardFunction whole, String text) {
    double[] steps = {
      whole.score(input(text.substring(0, 1))),
      whole.score(input(text.substring(0, 3))),
      whole.score(input(text))
    };
    for (var over : LearnedReward.OverSteps.values()) {
      String options =
          "{'squash': false, 'model': '%s', 'label': %d, 'step-mark': '+', 'over-steps': '%s'}"
              .formatted(folder, label, over.name().toLowerCase(Locale.ROOT));
      try (RewardFunction reward = Inputs.function("learned", options)) {
        assertThat(reward.score(input(text)))
            .isCloseTo(LearnedReward.together(steps, over), within(1e-4));
      }
    }
  }

  private static ValueHead head(TorchRuntime runtime, DecoderConfig config) {
    float[] weight = new float[config.hidden()];
    for (int i = 0; i < weight.length; i++) {
      weight[i] = i % 3 - 1;
    }
    return ValueHead.of(
        runtime,
        config,
        Map.of(
            "v_head.weight", Tensor.ofFloats("v_head.weight", new long[] {weight.length}, weight),
            "v_head.bias", Tensor.ofFloats("v_head.bias", new long[] {1}, new float[] {0.5f})));
  }

  private static RewardInput input(String text) {
    return new RewardInput(
        List.of(new Message("user", "3+4=")),
        Optional.empty(),
        text,
        FinishReason.STOP,
        2,
        List.of());
  }
}
