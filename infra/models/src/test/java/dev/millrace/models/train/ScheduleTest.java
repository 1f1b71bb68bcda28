package dev.millrace.models.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class ScheduleTest {

  @Test
  void rates_are_those_of_the_formulas() {
    Schedule linear = Schedule.warmup(10, Schedule.linear(1, 100, 0.2));
    assertThat(linear.at(1)).isCloseTo(0.1 * (1 - 0.8 * 0.01), within(1e-12));
    assertThat(linear.at(50)).isCloseTo(0.6, within(1e-12));
    assertThat(linear.at(100)).isCloseTo(0.2, within(1e-12));
    assertThat(linear.at(900)).isCloseTo(0.2, within(1e-12));

    Schedule cosine = Schedule.cosine(2, 100, 0);
    assertThat(cosine.at(50)).isCloseTo(1, within(1e-12));
    assertThat(cosine.at(100)).isCloseTo(0, within(1e-12));

    assertThat(Schedule.constant(3e-4).at(7)).isEqualTo(3e-4);
  }
}
