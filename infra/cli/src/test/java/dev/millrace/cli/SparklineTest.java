package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class SparklineTest {

  private final Sparkline line = Sparkline.in(8, StandardCharsets.UTF_8);

  @Test
  void values_rise_from_the_lowest_block_to_the_full_one() {
    assertThat(line.of(new double[] {0, 1, 2, 3, 4, 5, 6, 7})).isEqualTo("▁▂▃▄▅▆▇█");
    assertThat(line.of(new double[] {1, 0})).isEqualTo("█▁      ");
  }

  @Test
  void fixed_bounds_hold_whatever_the_values() {
    assertThat(line.of(new double[] {-5, 0.5, 9}, 0, 1)).startsWith("▁▅█");
  }

  @Test
  void many_values_share_the_characters_evenly() {
    double[] values = new double[1_000];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    assertThat(line.of(values)).isEqualTo("▁▂▃▄▅▆▇█");
  }

  @Test
  void nothing_and_sameness_are_drawn_low() {
    assertThat(line.of(new double[0])).isEqualTo("        ");
    assertThat(line.of(new double[] {3, 3, Double.NaN})).isEqualTo("▁▁▁     ");
  }

  @Test
  void a_terminal_without_blocks_gets_ascii() {
    assertThat(Sparkline.in(8, StandardCharsets.US_ASCII).of(new double[] {0, 7}))
        .isEqualTo("_#      ");
  }
}
