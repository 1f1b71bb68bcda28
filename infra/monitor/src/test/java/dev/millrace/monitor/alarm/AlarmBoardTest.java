package dev.millrace.monitor.alarm;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class AlarmBoardTest {

  private static final Finding GROWING = new Finding(AlarmKind.LAG_GROWING, "embed", "it grows");
  private static final Finding STUCK = new Finding(AlarmKind.STUCK_GROUP, "embed", "it is stuck");

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final AlarmBoard board = new AlarmBoard(null, Duration.ofSeconds(60), meters);

  private double standing(String name) {
    return meters.get("millrace_alarm").tag("alarm", name).gauge().value();
  }

  @Test
  void growing_lag_is_an_alarm_only_when_it_goes_on_growing() {
    board.note(List.of(GROWING), 0);
    board.note(List.of(), 10_000);
    board.note(List.of(GROWING), 20_000);
    board.note(List.of(GROWING), 79_000);
    assertThat(board.standing()).isEmpty();

    board.note(List.of(GROWING), 80_000);

    assertThat(board.standing()).containsExactly(new Alarm(GROWING, 20_000));
    assertThat(standing("lag-growing")).isEqualTo(1);
  }

  @Test
  void alarm_ends_when_its_condition_has_been_gone_for_a_while_and_counts_once() {
    board.note(List.of(STUCK), 0);
    board.note(List.of(), 30_000);
    assertThat(board.standing()).hasSize(1);
    board.note(List.of(STUCK), 40_000);
    board.note(List.of(), 99_000);
    assertThat(board.standing()).hasSize(1);

    board.note(List.of(), 100_000);

    assertThat(board.standing()).isEmpty();
    assertThat(standing("stuck-group")).isZero();
    assertThat(meters.get("millrace_alarms_raised").tag("alarm", "stuck-group").counter().count())
        .isEqualTo(1);
  }
}
