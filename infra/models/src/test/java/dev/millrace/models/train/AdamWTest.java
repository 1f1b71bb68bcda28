package dev.millrace.models.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.models.checkpoint.Checkpoint;
import dev.millrace.models.checkpoint.Tensor;
import dev.millrace.models.decoder.DecoderConfig;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.decoder.Initialisation;
import dev.millrace.models.script.Scope;
import dev.millrace.models.script.TensorList;
import dev.millrace.models.script.TorchRuntime;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdamWTest {

  private static final TorchRuntime CPU = TorchRuntime.cpu();
  private static final DecoderConfig CONFIG = DecoderConfig.llama(19, 16, 2, 2, 1, 24, 32);
  private static final LossFunction<TokenScores> LIKELIHOOD = s -> s.logProbs().mean().neg();

  @Test
  void steps_are_those_computed_by_hand() {
    AdamW.Settings settings = new AdamW.Settings(0.9, 0.99, 1e-8, 0.1, false);
    try (DecoderWeights weights = weights();
        PolicyTrainer trainer = PolicyTrainer.full(weights, TrainSettings.of(19));
        AdamW optimizer = new AdamW(trainer.parameters(), settings)) {
      String matrix = "model.layers.1.mlp.up_proj.weight";
      String norm = "model.norm.weight";
      double[] byHand = {
        weights.get(matrix).toFloatArray()[5], weights.get(norm).toFloatArray()[5]
      };
      double[] m = new double[2];
      double[] v = new double[2];
      for (int step = 1; step <= 4; step++) {
        trainer.parameters().zeroGradients();
        trainer.accumulate(batch(step), LIKELIHOOD);
        double rate = 0.01 * step;
        for (int k = 0; k < 2; k++) {
          double g = trainer.parameters().gradient(k == 0 ? matrix : norm).toFloatArray()[5];
          m[k] = 0.9 * m[k] + 0.1 * g;
          v[k] = 0.99 * v[k] + 0.01 * g * g;
          double decay = k == 0 ? 0.1 : 0; // norms do not decay
          double denominator = Math.sqrt(v[k] / (1 - Math.pow(0.99, step))) + 1e-8;
          byHand[k] -= rate * (decay * byHand[k] + m[k] / (1 - Math.pow(0.9, step)) / denominator);
        }
        optimizer.step(rate);
      }

      assertThat((double) weights.get(matrix).toFloatArray()[5]).isCloseTo(byHand[0], within(1e-6));
      assertThat((double) weights.get(norm).toFloatArray()[5]).isCloseTo(byHand[1], within(1e-6));
    }
  }

  @Test
  void clipping_scales_all_gradients_by_one_norm() {
    try (DecoderWeights weights = weights();
        PolicyTrainer trainer = PolicyTrainer.full(weights, TrainSettings.of(19))) {
      Parameters parameters = trainer.parameters();
      trainer.accumulate(batch(1), LIKELIHOOD);
      double sum = 0;
      for (String name : parameters.names()) {
        for (float g : parameters.gradient(name).toFloatArray()) {
          sum += (double) g * g;
        }
      }
      float before = parameters.gradient("model.norm.weight").toFloatArray()[2];

      double norm = parameters.clipGradients(0.25);

      assertThat(norm).isCloseTo(Math.sqrt(sum), within(1e-5));
      assertThat(parameters.gradientNorm()).isCloseTo(0.25, within(1e-5));
      assertThat((double) parameters.gradient("model.norm.weight").toFloatArray()[2])
          .isCloseTo(before * 0.25 / norm, within(1e-6));
      assertThat(parameters.clipGradients(10)).isCloseTo(0.25, within(1e-5));
    }
  }

  @Test
  void training_learns_a_sequence_by_heart() {
    try (DecoderWeights weights = weights();
        PolicyTrainer trainer = PolicyTrainer.full(weights, TrainSettings.of(19));
        AdamW optimizer = new AdamW(trainer.parameters(), AdamW.Settings.defaults())) {
      double first = trainer.accumulate(batch(1), LIKELIHOOD);
      double last = first;
      for (int i = 0; i < 150; i++) {
        trainer.parameters().zeroGradients();
        last = trainer.accumulate(batch(1), LIKELIHOOD);
        optimizer.step(5e-3);
      }
      assertThat(first).isGreaterThan(2.5);
      assertThat(last).isLessThan(0.3);
    }
  }

  @Test
  void resumed_training_equals_training_that_never_stopped_bit_by_bit(@TempDir Path directory) {
    String straight;
    try (DecoderWeights weights = weights()) {
      train(weights, List.of(), 0, 8);
      straight = weights.sha256();
    }
    try (DecoderWeights weights = weights()) {
      List<Tensor> state = train(weights, List.of(), 0, 5);
      weights.save(directory);
      Checkpoint.write(directory, "optimizer", state, Long.MAX_VALUE);
    }
    try (DecoderWeights weights = DecoderWeights.load(CPU, directory);
        Checkpoint optimizer = Checkpoint.open(directory, "optimizer")) {
      train(weights, List.copyOf(optimizer.tensors().values()), 5, 8);
      assertThat(weights.sha256()).isEqualTo(straight);
    }
  }

  // Returns a copy of the optimizer's state that outlives it.
  private static List<Tensor> train(DecoderWeights weights, List<Tensor> state, int from, int to) {
    try (PolicyTrainer trainer = PolicyTrainer.full(weights, TrainSettings.of(19));
        AdamW optimizer = new AdamW(trainer.parameters(), AdamW.Settings.defaults())) {
      if (!state.isEmpty()) {
        optimizer.load(state.stream().collect(Collectors.toMap(Tensor::name, t -> t)));
        assertThat(optimizer.steps()).isEqualTo(from);
      }
      for (int step = from; step < to; step++) {
        trainer.parameters().zeroGradients();
        trainer.accumulate(batch(step), LIKELIHOOD);
        trainer.parameters().clipGradients(1);
        optimizer.step(1e-2);
      }
      List<Tensor> copies = new ArrayList<>();
      for (Tensor tensor : optimizer.state()) {
        copies.add(Tensor.ofFloats(tensor.name(), tensor.shape(), tensor.toFloats()));
      }
      return copies;
    }
  }

  @Test
  void a_state_that_does_not_fit_is_refused_by_name() {
    try (DecoderWeights weights = weights();
        PolicyTrainer trainer = PolicyTrainer.full(weights, TrainSettings.of(19));
        AdamW optimizer = new AdamW(trainer.parameters(), AdamW.Settings.defaults())) {
      assertThatThrownBy(() -> optimizer.load(Map.of()))
          .hasMessageContaining("adamw.m.model.embed_tokens.weight");
    }
  }

  @Test
  void an_adapter_survives_writing_and_reading(@TempDir Path directory) {
    try (DecoderWeights weights = weights();
        Lora lora =
            Lora.create(weights, new Lora.Settings(2, 4, 0.1, Set.of("q_proj", "up_proj")), 3)) {
      LoraFiles.save(lora, directory);
      try (Lora loaded = LoraFiles.load(weights, directory)) {
        assertThat(loaded.settings()).isEqualTo(lora.settings());
        lora.tensors()
            .forEach(
                (name, tensor) ->
                    assertThat(loaded.tensors().get(name).toFloatArray())
                        .isEqualTo(tensor.toFloatArray()));
      }
    }
  }

  @Test
  void memory_stays_flat_over_two_hundred_steps() {
    long before = TensorList.open();
    try (DecoderWeights weights = weights();
        PolicyTrainer trainer = PolicyTrainer.full(weights, TrainSettings.of(19));
        AdamW optimizer = new AdamW(trainer.parameters(), AdamW.Settings.defaults())) {
      long scopes = Scope.openScopes();
      long lists = 0;
      long tensors = 0;
      for (int step = 0; step < 200; step++) {
        trainer.parameters().zeroGradients();
        trainer.accumulate(batch(step), LIKELIHOOD);
        trainer.parameters().clipGradients(1);
        optimizer.step(1e-3);
        if (step == 0) {
          // What is passed in every step is listed once, at the first.
          tensors = trainer.parameters().scope().tensors();
          lists = TensorList.open();
        }
      }
      assertThat(Scope.openScopes()).isEqualTo(scopes);
      assertThat(TensorList.open()).isEqualTo(lists);
      assertThat((long) trainer.parameters().scope().tensors()).isEqualTo(tensors);
    }
    assertThat(TensorList.open()).isEqualTo(before);
  }

  private static DecoderWeights weights() {
    return DecoderWeights.random(CPU, CONFIG, Initialisation.SCALED, 7);
  }

  private static TokenBatch batch(int seed) {
    var random = new SplittableRandom(seed);
    return TokenBatch.of(
        List.of(
            ScoredTokens.all(random.ints(9, 0, 19).toArray()),
            ScoredTokens.of(random.ints(4, 0, 19).toArray(), random.ints(7, 0, 19).toArray())));
  }
}
