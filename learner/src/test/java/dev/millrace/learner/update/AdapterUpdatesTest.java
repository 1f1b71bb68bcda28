package dev.millrace.learner.update;

import static dev.millrace.learner.update.Updaters.EXAMPLES;
import static dev.millrace.learner.update.Updaters.FAST;
import static dev.millrace.learner.update.Updaters.GROUPS;
import static dev.millrace.learner.update.Updaters.kl;
import static dev.millrace.learner.update.Updaters.preset;
import static dev.millrace.learner.update.Updaters.shared;
import static dev.millrace.learner.update.Updaters.updater;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.learner.algorithm.KlPlace;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.train.Lora;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An adapter learns instead of all weights. */
class AdapterUpdatesTest {

  private static PolicyUpdater adapted(AlgorithmSettings settings) {
    DecoderWeights weights = Samples.weights();
    Lora lora =
        Lora.create(
            weights, new Lora.Settings(2, 4, 0.1, Set.of("q_proj", "v_proj", "up_proj")), 5);
    return new PolicyUpdater(weights, lora, settings, new SftSettings(6, 40, FAST), 3);
  }

  @Test
  void an_adapter_learns_over_weights_that_stay_and_goes_on_after_a_load(@TempDir Path directory) {
    for (AlgorithmSettings settings :
        List.of(preset("grpo").with(kl(KlPlace.LOSS)), preset("ppo"), shared())) {
      Path start = directory.resolve("start" + settings.hashCode());
      Path saved = directory.resolve("saved" + settings.hashCode());
      String expected;
      try (PolicyUpdater updater = adapted(settings)) {
        String base = updater.weights().sha256();
        String first = updater.weightsSha256();
        updater.save(start);
        updater.warmUp(EXAMPLES, 1);
        updater.update(GROUPS, 1, Samples.VERSION);
        updater.save(saved, start);
        assertThat(updater.weightsSha256()).isNotEqualTo(first);
        updater.update(GROUPS, 2, Samples.VERSION);
        expected = updater.weightsSha256() + updater.optimizerSha256();
        assertThat(updater.weights().sha256()).as("the weights below").isEqualTo(base);
      }
      assertThat(saved.resolve("reference.safetensors")).doesNotExist();
      try (PolicyUpdater updater = adapted(settings)) {
        updater.load(saved);
        updater.update(GROUPS, 2, Samples.VERSION);
        assertThat(updater.weightsSha256() + updater.optimizerSha256())
            .as(settings.name())
            .isEqualTo(expected);
      }
    }
  }

  @Test
  void the_reference_of_an_adapter_is_the_policy_with_it_off() {
    try (PolicyUpdater updater = adapted(preset("grpo").with(kl(KlPlace.LOSS)));
        PolicyUpdater other = adapted(preset("grpo").with(kl(KlPlace.LOSS)))) {
      double fresh = updater.update(GROUPS, 1, Samples.VERSION).metrics().get("kl_reference");
      other.warmUp(EXAMPLES, 1);
      other.warmUp(EXAMPLES, 2);
      double warm = other.update(GROUPS, 1, Samples.VERSION).metrics().get("kl_reference");

      assertThat(warm).as("measured from below the warm start").isGreaterThan(2 * fresh);
    }
  }
}
