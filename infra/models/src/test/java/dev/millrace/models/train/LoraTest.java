package dev.millrace.models.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.pytorch.engine.PtNDArray;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.models.checkpoint.CheckpointException;
import dev.millrace.models.decoder.DecoderConfig;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.decoder.Initialisation;
import dev.millrace.models.script.TorchRuntime;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LoraTest {

  private static final TorchRuntime CPU = TorchRuntime.cpu();
  private static final DecoderConfig CONFIG = DecoderConfig.llama(19, 16, 2, 4, 2, 24, 32);
  private static final Lora.Settings SETTINGS =
      new Lora.Settings(3, 6, 0, Set.of("q_proj", "v_proj", "o_proj", "up_proj", "down_proj"));

  private static DecoderWeights weights() {
    return DecoderWeights.random(CPU, CONFIG, Initialisation.SCALED, 7);
  }

  private static Lora shaken(DecoderWeights weights, Lora.Settings settings) {
    Lora lora = Lora.create(weights, settings, 5);
    var random = new SplittableRandom(6);
    for (PtNDArray tensor : lora.tensors().values()) {
      float[] values = new float[(int) tensor.getShape().size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = 0.3f * (float) random.nextGaussian();
      }
      tensor.set(values);
    }
    return lora;
  }

  @Test
  void a_merge_adds_the_scaled_product_to_what_is_adapted_and_to_nothing_else() {
    try (DecoderWeights weights = weights();
        Lora lora = shaken(weights, SETTINGS);
        DecoderWeights merged = lora.merged(weights)) {
      Map<String, LoraLayout.Pair> pairs = new HashMap<>();
      LoraLayout.pairs(CONFIG, SETTINGS).forEach(pair -> pairs.put(pair.weight(), pair));
      assertThat(pairs).hasSize(10);
      for (String name : weights.names()) {
        LoraLayout.Pair pair = pairs.get(name);
        float[] before = weights.get(name).toFloatArray();
        float[] after = merged.get(name).toFloatArray();
        if (pair == null) {
          assertThat(after).isEqualTo(before);
          continue;
        }
        float[] a = lora.tensors().get(pair.a()).toFloatArray();
        float[] b = lora.tensors().get(pair.b()).toFloatArray();
        int width = (int) weights.get(name).getShape().get(1);
        for (int i = 0; i < before.length; i++) {
          double product = 0;
          for (int k = 0; k < 3; k++) {
            product += (double) b[i / width * 3 + k] * a[k * width + i % width];
          }
          assertThat((double) after[i]).isCloseTo(before[i] + 2 * product, within(1e-6));
        }
      }
    }
  }

  @Test
  void memory_that_others_share_is_only_read_by_a_merge() {
    try (DecoderWeights weights = weights();
        Lora lora = shaken(weights, SETTINGS);
        LoraMerge merge = new LoraMerge(CPU)) {
      Map<String, ByteBuffer> shared = new HashMap<>();
      weights
          .tensors()
          .forEach(
              tensor -> {
                ByteBuffer copy = ByteBuffer.allocateDirect((int) tensor.byteLength());
                shared.put(
                    tensor.name(), copy.put(tensor.bytes()).flip().order(ByteOrder.nativeOrder()));
              });
      try (DecoderWeights first = DecoderWeights.over(CPU, CONFIG, shared);
          DecoderWeights second = DecoderWeights.over(CPU, CONFIG, shared)) {
        merge.into(first, lora);

        assertThat(second.sha256()).isEqualTo(weights.sha256());
        merge.into(second, lora);
        assertThat(second.sha256()).isEqualTo(first.sha256()).isNotEqualTo(weights.sha256());
      }
    }
  }

  @Test
  void a_new_adapter_changes_nothing_and_its_seed_decides_it() {
    try (DecoderWeights weights = weights();
        Lora one = Lora.create(weights, SETTINGS, 1);
        Lora same = Lora.create(weights, SETTINGS, 1);
        Lora other = Lora.create(weights, SETTINGS, 2);
        DecoderWeights merged = one.merged(weights)) {
      assertThat(merged.sha256()).isEqualTo(weights.sha256());
      assertThat(same.sha256()).isEqualTo(one.sha256());
      assertThat(other.sha256()).isNotEqualTo(one.sha256());
    }
  }

  @Test
  void dropout_leaves_out_what_its_seed_says() {
    Lora.Settings settings = new Lora.Settings(3, 6, 0.5, SETTINGS.targets());
    TokenBatch batch =
        TokenBatch.of(
            List.of(
                ScoredTokens.all(new SplittableRandom(1).ints(20, 0, CONFIG.vocab()).toArray())));
    try (DecoderWeights weights = weights();
        Lora lora = shaken(weights, settings);
        PolicyTrainer trainer =
            PolicyTrainer.lora(weights, lora, TrainSettings.of(CONFIG.vocab()))) {
      double[] losses = new double[3];
      for (int i = 0; i < 3; i++) {
        trainer.seedDropout(i == 2 ? 9 : 8);
        losses[i] = trainer.accumulate(batch, scores -> scores.logProbs().sum().neg());
      }
      assertThat(losses[1]).isEqualTo(losses[0]);
      assertThat(losses[2]).isNotEqualTo(losses[0]);
      float[] scores = trainer.score(batch).logProbs();
      assertThat(trainer.score(batch).logProbs()).as("nothing is left out").isEqualTo(scores);
    }
  }

  @Test
  void a_value_head_shares_the_states_of_the_adapted_policy() {
    TokenBatch batch = TokenBatch.of(List.of(ScoredTokens.all(new int[] {1, 5, 3, 8, 2, 4})));
    try (DecoderWeights weights = weights();
        Lora lora = shaken(weights, SETTINGS);
        DecoderWeights merged = lora.merged(weights);
        ValueHead head = ValueHead.zero(CPU, CONFIG);
        ValueHead beside = ValueHead.zero(CPU, CONFIG)) {
      head.tensors().values().forEach(tensor -> tensor.addi(0.1f));
      beside.tensors().values().forEach(tensor -> tensor.addi(0.1f));
      try (PolicyTrainer adapted =
              PolicyTrainer.loraWithValues(weights, lora, head, TrainSettings.of(CONFIG.vocab()));
          PolicyTrainer whole =
              PolicyTrainer.withValues(merged, beside, TrainSettings.of(CONFIG.vocab()))) {
        float[] expected = whole.values(batch);
        float[] values = adapted.values(batch);
        for (int i = 0; i < expected.length; i++) {
          assertThat(values[i]).isCloseTo(expected[i], within(1e-5f));
        }
        assertThat(adapted.parameters().names())
            .hasSize(lora.tensors().size() + head.tensors().size());
      }
    }
  }

  @Test
  void settings_come_back_as_they_were_written() {
    Lora.Settings settings = new Lora.Settings(4, 8.5, 0.1, Set.of("q_proj", "up_proj"));

    assertThat(LoraConfigJson.parse(LoraConfigJson.write(settings), "x")).isEqualTo(settings);
    ObjectNode all = LoraConfigJson.write(settings).put("target_modules", "all-linear");
    assertThat(LoraConfigJson.parse(all, "x").targets()).hasSize(7);
  }

  @Test
  void what_would_mean_something_else_is_refused_by_name() throws Exception {
    String good = LoraConfigJson.write(SETTINGS).toString();
    Map<String, String> wrong =
        Map.ofEntries(
            Map.entry("{\"peft_type\": \"IA3\"}", "only plain LoRA"),
            Map.entry("{\"use_dora\": true}", "use_dora true"),
            Map.entry("{\"use_rslora\": true}", "use_rslora true"),
            Map.entry("{\"rank_pattern\": {\"q_proj\": 4}}", "rank_pattern"),
            Map.entry("{\"modules_to_save\": [\"lm_head\"]}", "modules_to_save"),
            Map.entry("{\"bias\": \"all\"}", "biases"),
            Map.entry("{\"r\": 0}", "rank must be at least 1, not 0"),
            Map.entry("{\"lora_alpha\": 0}", "alpha must be above 0, not 0.0"),
            Map.entry("{\"lora_dropout\": 1}", "dropout must be in [0, 1), not 1.0"),
            Map.entry("{\"target_modules\": [\"lm_head\"]}", "not [lm_head]"),
            Map.entry("{\"target_modules\": []}", "not []"));
    var json = new ObjectMapper();
    for (var one : wrong.entrySet()) {
      var tree = (ObjectNode) json.readTree(good);
      tree.setAll((ObjectNode) json.readTree(one.getKey()));
      assertThatThrownBy(() -> LoraConfigJson.parse(tree, "adapter_config.json"))
          .as(one.getKey())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("adapter_config.json")
          .hasMessageContaining(one.getValue());
    }
  }

  @Test
  void tensors_of_another_adapter_are_refused_by_name() {
    try (DecoderWeights weights = weights();
        Lora lora = Lora.create(weights, SETTINGS, 1)) {
      Lora.Settings wider = new Lora.Settings(4, 6, 0, Set.of("q_proj"));

      assertThatThrownBy(() -> Lora.of(weights, wider, "version 3", lora.views()))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("version 3 does not fit a LoRA adapter of rank 4")
          .hasMessageContaining("wrong shape")
          .hasMessageContaining("unexpected");
    }
  }
}
