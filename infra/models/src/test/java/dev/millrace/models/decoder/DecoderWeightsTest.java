package dev.millrace.models.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.models.script.TorchRuntime;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DecoderWeightsTest {

  private static final DecoderConfig CONFIG = DecoderConfig.llama(10, 16, 1, 2, 1, 24, 32);

  private static Map<String, ByteBuffer> memoryOf(DecoderWeights weights) {
    Map<String, ByteBuffer> memory = new HashMap<>();
    weights
        .tensors()
        .forEach(
            tensor ->
                memory.put(
                    tensor.name(),
                    ByteBuffer.allocateDirect((int) tensor.byteLength())
                        .order(ByteOrder.nativeOrder())
                        .put(tensor.bytes())
                        .flip()));
    return memory;
  }

  @Test
  void weights_lie_in_the_memory_that_was_given_to_them() {
    TorchRuntime runtime = TorchRuntime.cpu();
    try (DecoderWeights origin = DecoderWeights.random(runtime, CONFIG, Initialisation.SCALED, 1)) {
      Map<String, ByteBuffer> memory = memoryOf(origin);
      try (DecoderWeights weights = DecoderWeights.over(runtime, CONFIG, memory)) {
        assertThat(weights.sha256()).isEqualTo(origin.sha256());
        weights.get("model.norm.weight").muli(3);
        assertThat(memory.get("model.norm.weight").getFloat(0)).isEqualTo(3f);
      }
    }
  }

  @Test
  void memory_that_does_not_fit_is_named() {
    TorchRuntime runtime = TorchRuntime.cpu();
    try (DecoderWeights origin = DecoderWeights.random(runtime, CONFIG, Initialisation.SCALED, 1)) {
      Map<String, ByteBuffer> memory = memoryOf(origin);
      memory.put("lm_head.weight", ByteBuffer.allocateDirect(4));
      assertThatThrownBy(() -> DecoderWeights.over(runtime, CONFIG, memory))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("lm_head.weight");
      memory.remove("lm_head.weight");
      assertThatThrownBy(() -> DecoderWeights.over(runtime, CONFIG, memory))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("lm_head.weight");
    }
  }
}
