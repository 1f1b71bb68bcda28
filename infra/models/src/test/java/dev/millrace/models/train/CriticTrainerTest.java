package dev.millrace.models.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.models.checkpoint.Tensor;
import dev.millrace.models.decoder.DecoderConfig;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.decoder.Initialisation;
import dev.millrace.models.script.TorchRuntime;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class CriticTrainerTest {

  private static final TorchRuntime CPU = TorchRuntime.cpu();
  private static final DecoderConfig CONFIG = DecoderConfig.llama(19, 16, 2, 2, 1, 24, 32);

  @Test
  void a_critic_learns_returns_of_states_and_its_head_is_saved() {
    TokenBatch batch =
        TokenBatch.of(
            List.of(
                ScoredTokens.of(new int[] {1, 2}, new int[] {3, 4, 5}),
                ScoredTokens.of(new int[] {7}, new int[] {8, 9})));
    float[] returns = {0.2f, 0.5f, 1, -1, 0.3f};
    try (DecoderWeights weights = DecoderWeights.random(CPU, CONFIG, Initialisation.SCALED, 1);
        ValueHead head = ValueHead.zero(CPU, CONFIG);
        CriticTrainer critic = new CriticTrainer(weights, head, TrainSettings.of(19));
        AdamW optimizer = new AdamW(critic.parameters(), AdamW.Settings.defaults())) {
      assertThat(critic.values(batch)).containsOnly(0);
      for (int i = 0; i < 150; i++) {
        critic.parameters().zeroGradients();
        critic.accumulate(batch, s -> s.values().sub(s.manager().create(returns)).square().mean());
        optimizer.step(3e-3);
      }
      float[] learned = critic.values(batch);
      for (int i = 0; i < returns.length; i++) {
        assertThat(learned[i]).isCloseTo(returns[i], within(0.1f));
      }
      Map<String, Tensor> saved =
          Map.of("v_head.weight", head.save().get(0), "v_head.bias", head.save().get(1));
      try (ValueHead loaded = ValueHead.of(CPU, CONFIG, saved);
          CriticTrainer again = new CriticTrainer(weights, loaded, TrainSettings.of(19))) {
        assertThat(again.values(batch)).isEqualTo(learned);
      }
      assertThatThrownBy(() -> ValueHead.of(CPU, CONFIG, Map.of()))
          .hasMessageContaining("v_head.weight of shape [16]");
    }
  }

  @Test
  void gradients_of_a_head_of_zero_are_those_of_its_bias() {
    TokenBatch batch = TokenBatch.of(List.of(ScoredTokens.of(new int[] {1, 2}, new int[] {3, 4})));
    LossFunction<TokenValues> loss = s -> s.values().sub(0.7f).square().sum();
    try (DecoderWeights weights = DecoderWeights.random(CPU, CONFIG, Initialisation.SCALED, 1);
        ValueHead head = ValueHead.zero(CPU, CONFIG);
        CriticTrainer critic = new CriticTrainer(weights, head, TrainSettings.of(19))) {
      critic.accumulate(batch, loss);
      // With a head of zero: v = b, so d loss / d b = 2 * 2 * (0 - 0.7), and nothing reaches below.
      assertThat(critic.parameters().gradient("v_head.bias").toFloatArray()[0])
          .isCloseTo(-2.8f, within(1e-5f));
      assertThat(critic.parameters().gradient("model.norm.weight").toFloatArray()).containsOnly(0);
    }
  }

  @Test
  void a_head_that_shares_the_states_of_a_policy_adds_its_gradient_to_that_of_the_policy() {
    TokenBatch batch =
        TokenBatch.of(
            List.of(
                ScoredTokens.of(new int[] {1, 2}, new int[] {3, 4, 5}),
                ScoredTokens.of(new int[] {7}, new int[] {8, 9})));
    LossFunction<TokenScores> policy = s -> s.logProbs().square().sum();
    LossFunction<TokenValues> value = s -> s.values().sub(0.7f).square().sum();
    try (DecoderWeights weights = DecoderWeights.random(CPU, CONFIG, Initialisation.SCALED, 1);
        ValueHead head = shaken()) {
      Map<String, float[]> apart = new TreeMap<>();
      double[] losses = new double[2];
      float[] values;
      try (PolicyTrainer alone = PolicyTrainer.full(weights, TrainSettings.of(19))) {
        losses[0] = alone.accumulate(batch, policy);
        collect(alone.parameters(), apart);
        assertThatThrownBy(() -> alone.values(batch)).hasMessageContaining("no value head");
      }
      try (CriticTrainer critic = new CriticTrainer(weights, head, TrainSettings.of(19))) {
        values = critic.values(batch);
        losses[1] = critic.accumulate(batch, value);
        collect(critic.parameters(), apart);
      }
      try (PolicyTrainer both = PolicyTrainer.withValues(weights, head, TrainSettings.of(19))) {
        assertThat(both.values(batch)).isEqualTo(values);
        assertThat(both.accumulate(batch, policy, value))
            .isEqualTo(new PolicyTrainer.Losses(losses[0], losses[1]));
        Map<String, float[]> together = new TreeMap<>();
        collect(both.parameters(), together);
        assertThat(together.keySet()).isEqualTo(apart.keySet());
        together.forEach(
            (name, gradient) ->
                assertThat(gradient).as(name).containsExactly(apart.get(name), within(1e-4f)));
      }
    }
  }

  private static ValueHead shaken() {
    float[] weight = new float[16];
    for (int i = 0; i < weight.length; i++) {
      weight[i] = 0.3f * (float) Math.sin(i);
    }
    return ValueHead.of(
        CPU,
        CONFIG,
        Map.of(
            ValueHead.WEIGHT, Tensor.ofFloats(ValueHead.WEIGHT, new long[] {16}, weight),
            ValueHead.BIAS, Tensor.ofFloats(ValueHead.BIAS, new long[] {1}, new float[] {0.1f})));
  }

  private static void collect(Parameters parameters, Map<String, float[]> into) {
    for (String name : parameters.names()) {
      into.merge(
          name,
          parameters.gradient(name).toFloatArray(),
          (a, b) -> {
            float[] sum = new float[a.length];
            for (int i = 0; i < sum.length; i++) {
              sum[i] = a[i] + b[i];
            }
            return sum;
          });
    }
  }
}
