package dev.millrace.learner.update;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.millrace.learner.algorithm.AdvantageEstimator;
import dev.millrace.learner.algorithm.AdvantageSettings;
import dev.millrace.learner.algorithm.Aggregation;
import dev.millrace.learner.algorithm.ImportanceWeight;
import dev.millrace.learner.algorithm.KlEstimator;
import dev.millrace.learner.algorithm.KlPlace;
import dev.millrace.learner.algorithm.KlSettings;
import dev.millrace.learner.algorithm.OffPolicySettings;
import dev.millrace.learner.algorithm.OptimizerSettings;
import dev.millrace.learner.algorithm.PolicyLossForm;
import dev.millrace.learner.algorithm.PolicyLossSettings;
import dev.millrace.learner.algorithm.RatioReference;
import dev.millrace.learner.algorithm.ScheduleShape;
import java.io.UncheckedIOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AlgorithmSettingsTest {

  private static JsonNode tree(String json) {
    try {
      return new JsonMapper().readTree(json.replace('\'', '"'));
    } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static AlgorithmSettings parse(String json) {
    return AlgorithmSettings.parse(tree(json), "algorithm");
  }

  private static void refuses(String json, String message) {
    assertThatThrownBy(() -> parse(json))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void a_tree_changes_the_preset_that_it_names() {
    AlgorithmSettings settings =
        parse(
            "{'name': 'dapo', 'temperature': 0.8, 'kl': {'place': 'loss', 'beta': 0.01},"
                + " 'loss': {'clipHigh': 0.3}, 'optimizer': {'learningRate': 3e-4}}");

    assertThat(settings.dynamicSampling()).isTrue();
    assertThat(settings.informativeGroups(64)).isEqualTo(64);
    assertThat(settings.temperature()).isEqualTo(0.8);
    assertThat(settings.kl().place()).isEqualTo(KlPlace.LOSS);
    assertThat(settings.loss().clipLow()).isEqualTo(0.2);
    assertThat(settings.loss().clipHigh()).isEqualTo(0.3);
    assertThat(settings.optimizer().learningRate()).isEqualTo(3e-4);
    assertThat(settings.optimizer().beta2()).isEqualTo(0.99);
  }

  @Test
  void every_preset_can_be_written_and_read_back() {
    for (String name : AlgorithmPresets.NAMES) {
      AlgorithmSettings preset = AlgorithmPresets.named(name);
      assertThat(AlgorithmSettings.parse(preset.json(), "")).isEqualTo(preset);
      assertThat(preset.name()).isEqualTo(name);
    }
    assertThat(parse("{}")).isEqualTo(AlgorithmPresets.named("grpo"));
    assertThat(SftSettings.parse(SftSettings.defaults().json(), ""))
        .isEqualTo(SftSettings.defaults());
  }

  @ParameterizedTest
  @CsvSource({
    "grpo, GRPO, CLIP, 0.2, 0.2, SEQ_MEAN_TOKEN_MEAN, false, false",
    "dr-grpo, DR_GRPO, CLIP, 0.2, 0.2, CONSTANT, false, false",
    "dapo, GRPO, CLIP, 0.2, 0.28, TOKEN_MEAN, false, true",
    "gspo, GRPO, GSPO, 3e-4, 4e-4, SEQ_MEAN_TOKEN_MEAN, false, false",
    "cispo, GRPO, CISPO, 1, 4, TOKEN_MEAN, false, false",
    "rloo, RLOO, CLIP, 0.2, 0.2, SEQ_MEAN_TOKEN_SUM, false, false",
    "reinforce++, RETURNS, CLIP, 0.2, 0.2, TOKEN_MEAN, true, false",
    "ppo, GAE, CLIP, 0.2, 0.2, TOKEN_MEAN, true, false"
  })
  void presets_are_what_their_papers_say(
      String name,
      AdvantageEstimator estimator,
      PolicyLossForm form,
      double low,
      double high,
      Aggregation aggregation,
      boolean whiten,
      boolean refill) {
    AlgorithmSettings preset = AlgorithmPresets.named(name);
    assertThat(preset.advantage())
        .isEqualTo(new AdvantageSettings(estimator, 1e-6, 1, 0.95, whiten, 1));
    assertThat(preset.loss())
        .isEqualTo(new PolicyLossSettings(form, low, high, 0, aggregation, 1024, false));
    assertThat(preset.informativeGroups(64)).isEqualTo(refill ? 64 : 0);
    assertThat(preset.usesCritic()).isEqualTo(name.equals("ppo"));
  }

  @Test
  void what_all_presets_have_in_common() {
    for (String name : AlgorithmPresets.NAMES) {
      AlgorithmSettings preset = AlgorithmPresets.named(name);
      assertThat(preset.offPolicy())
          .isEqualTo(new OffPolicySettings(RatioReference.BEHAVIOUR, ImportanceWeight.NONE, 2, 0));
      assertThat(preset.kl()).isEqualTo(new KlSettings(KlPlace.NONE, KlEstimator.K3, 0.001));
      assertThat(preset.entropyBonus()).isZero();
      assertThat(preset.overlong().longest()).isZero();
      assertThat(preset.batches().epochs()).isEqualTo(1);
      assertThat(preset.optimizer().learningRate()).isEqualTo(1e-6);
      assertThat(preset.optimizer().gradNorm()).isEqualTo(1);
      assertThat(preset.critic().clip()).isEqualTo(0.5);
      assertThat(preset.critic().shared()).isFalse();
      assertThat(preset.temperature()).isEqualTo(1);
    }
    assertThat(AlgorithmPresets.NAMES).hasSize(8);
  }

  @Test
  void errors_name_the_key_and_the_choices() {
    refuses(
        "{'name': 'gppo'}",
        "algorithm.name must be one of grpo, dr-grpo, dapo, gspo, cispo,"
            + " rloo, reinforce++, ppo, not 'gppo'");
    refuses(
        "{'loss': {'form': 'klip'}}",
        "algorithm.loss.form must be one of clip, gspo, cispo, unclipped, not 'klip'");
    refuses(
        "{'kl': {'betta': 1}}",
        "unknown setting algorithm.kl.betta: there are beta, estimator, place");
    refuses("{'loss': {'clipLow': 2}}", "algorithm.loss.clipLow must be in [0, 1], not 2.0");
    refuses("{'batches': {'epochs': 0}}", "algorithm.batches.epochs must be at least 1, not 0");
    refuses(
        "{'critic': {'optimizer': {'learningRate': -1}}}",
        "algorithm.critic.optimizer.learningRate must be > 0, not -1.0");
    refuses("{'temperature': 0}", "algorithm.temperature must be > 0, not 0.0");
    refuses("{'name': 3}", "algorithm.name must be a text, not 3");
    refuses("[]", "algorithm must be an object, not []");
    refuses("{'loss': 3}", "algorithm.loss must be an object, not 3");
    refuses("{'loss': null}", "algorithm.loss must be an object, not null");
    refuses(
        "{'optimizer': {'warmup': 1.5}}",
        "algorithm.optimizer.warmup must be a whole number, not 1.5");
    refuses(
        "{'dynamicSampling': 'yes'}",
        "algorithm.dynamicSampling must be true or false, not \"yes\"");
    refuses("{'temperature': 'warm'}", "algorithm.temperature must be a number, not \"warm\"");
  }

  @Test
  void a_correction_that_would_count_twice_is_refused() {
    assertThatThrownBy(() -> parse("{'offPolicy': {'weight': 'truncated'}}"))
        .hasMessageContaining("algorithm.offPolicy.weight must be none")
        .hasMessageContaining("set ratio to proximal");
  }

  @Test
  void rates_rise_over_the_warm_up_and_fall_to_their_floor() {
    var linear = OptimizerSettings.constant(1e-3, 10).linear(100, 0.2);
    assertThat(linear.rates().at(1)).isLessThan(2e-4);
    assertThat(linear.rates().at(50)).isCloseTo(0.6e-3, within(1e-9));
    assertThat(linear.rates().at(400)).isCloseTo(0.2e-3, within(1e-9));
    assertThat(linear.schedule()).isEqualTo(ScheduleShape.LINEAR);
  }
}
