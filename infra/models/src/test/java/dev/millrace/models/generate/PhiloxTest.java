package dev.millrace.models.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class PhiloxTest {

  /** Known answers of the authors' Random123 library, philox4x32 with 10 rounds. */
  @Test
  void known_answers() {
    assertThat(Philox.block(0, 0, 0, 0, 0, 0))
        .containsExactly(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
    assertThat(Philox.block(-1, -1, -1, -1, -1, -1))
        .containsExactly(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
    assertThat(Philox.block(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0))
        .containsExactly(0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1);
  }

  @Test
  void numbers_are_uniform_and_differ_by_position_copy_and_seed() {
    double sum = 0;
    for (int i = 0; i < 10_000; i++) {
      double u = Philox.uniform(5, 1, i);
      assertThat(u).isGreaterThanOrEqualTo(0).isLessThan(1);
      sum += u;
    }
    assertThat(sum / 10_000).isCloseTo(0.5, within(0.02));
    assertThat(Philox.uniform(5, 1, 1))
        .isNotEqualTo(Philox.uniform(5, 1, 2))
        .isNotEqualTo(Philox.uniform(5, 2, 1))
        .isNotEqualTo(Philox.uniform(6, 1, 1));
  }
}
