package dev.millrace.models.script;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The sampler multiplies with these maps, the learner with plain ones: they must be the same. */
class DenseKernelsTest {

  private static final TorchRuntime CPU = TorchRuntime.cpu();
  private static final String PROBE = "dense_probe.py";

  @Test
  void fastest_kernels_multiply_as_plain_ones_whatever_the_shape() {
    var random = new SplittableRandom(7);
    try (ScriptModule script = DenseKernels.fastest(CPU, PROBE, Map.of()).module()) {
      for (int outputs : new int[] {1, 18, 40, 64, 88, 128, 176, 200, 352, 704, 1_000, 1_408}) {
        for (int inputs : new int[] {16, 64, 100, 176, 704}) {
          for (int rows : new int[] {1, 2, 16, 33, 64, 200}) {
            assertThat(DenseKernels.difference(CPU, script, random, rows, inputs, outputs))
                .as("[%d, %d] x [%d, %d]", rows, inputs, inputs, outputs)
                .isLessThan(1e-4);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"FLOAT64", "BFLOAT16"})
  void other_formats_than_float32_have_plain_kernels(Precision precision) {
    var compiled = DenseKernels.fastest(CPU.withPrecision(precision), PROBE, Map.of());
    compiled.module().close();
    assertThat(compiled.packed()).isFalse();
  }

  @Test
  void what_is_used_here_is_reported() {
    assertThat(DenseKernels.check(CPU))
        .satisfies(
            finding -> {
              assertThat(finding.name()).isEqualTo("matrix kernels");
              assertThat(finding.ok()).isTrue();
              assertThat(finding.detail()).containsAnyOf("oneDNN", "plain");
            });
  }
}
