package dev.millrace.learner.update;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.millrace.learner.algorithm.AdvantageEstimator;
import dev.millrace.learner.algorithm.Aggregation;
import dev.millrace.learner.algorithm.KlPlace;
import dev.millrace.learner.algorithm.OptimizerSettings;
import dev.millrace.learner.algorithm.PolicyLossForm;
import dev.millrace.learner.algorithm.ScheduleShape;
import java.io.UncheckedIOException;
import org.junit.jupiter.api.Test;

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

  @Test
  void presets_are_what_their_papers_say() {
    assertThat(AlgorithmPresets.named("dr-grpo").loss().aggregation())
        .isEqualTo(Aggregation.CONSTANT);
    assertThat(AlgorithmPresets.named("gspo").loss().form()).isEqualTo(PolicyLossForm.GSPO);
    assertThat(AlgorithmPresets.named("reinforce++").advantage().estimator())
        .isEqualTo(AdvantageEstimator.RETURNS);
    assertThat(AlgorithmPresets.named("reinforce++").advantage().whiten()).isTrue();
    assertThat(AlgorithmPresets.named("ppo").usesCritic()).isTrue();
    assertThat(AlgorithmPresets.named("grpo").usesCritic()).isFalse();
    assertThat(AlgorithmPresets.named("grpo").informativeGroups(64)).isZero();
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
