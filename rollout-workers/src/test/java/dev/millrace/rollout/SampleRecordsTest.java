package dev.millrace.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contracts.avro.Sampling;
import dev.millrace.contracts.avro.VersionSegment;
import dev.millrace.models.decoder.DecoderConfig;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class SampleRecordsTest {

  @Test
  void segments_are_runs_of_one_version() {
    assertThat(SampleRecords.segments(new long[] {4, 4, 4, 6, 6, 7}))
        .containsExactly(
            new VersionSegment(4L, 0, 3),
            new VersionSegment(6L, 3, 5),
            new VersionSegment(7L, 5, 6));
    assertThat(SampleRecords.segments(new long[] {4}))
        .containsExactly(new VersionSegment(4L, 0, 1));
    assertThat(SampleRecords.segments(new long[0])).isEmpty();
  }

  @Test
  void parameters_decide_whether_the_model_itself_is_drawn_from() {
    assertThat(SampleRecords.drawsFromTheModel(Tasks.sampling(1, 8))).isTrue();
    Sampling colder = Tasks.sampling(1, 8);
    colder.setTemperature(0.9999999);
    assertThat(SampleRecords.drawsFromTheModel(colder)).isFalse();
    Sampling penal = Tasks.sampling(1, 8);
    penal.setRepetitionPenalty(1.1);
    assertThat(SampleRecords.drawsFromTheModel(penal)).isFalse();
  }

  @Test
  void slots_are_fewer_where_the_memory_is_short_and_none_is_refused_with_a_hint() {
    DecoderConfig config = TinyPolicy.config(32, 100); // 2 layers, 2 heads of 8 for keys and values
    long slot = 2 * 2 * 2 * 8 * 4 * 100;

    assertThat(bounds(0, 10 * slot).of(config, 4, 8).slots()).isEqualTo(10);
    assertThat(bounds(0, 10 * slot).of(config, 4, 8).context()).isEqualTo(100);
    assertThat(bounds(20, 10 * slot).of(config, 4, 8).slots()).isEqualTo(50);
    assertThat(bounds(500, 99 * slot).of(config, 4, 8).context()).isEqualTo(100);
    assertThatThrownBy(() -> bounds(0, slot - 1).of(config, 4, 8))
        .isInstanceOf(RefusedVersionException.class)
        .hasMessageContaining("lower millrace.rollout.context");
  }

  private static EngineBounds bounds(int context, long kvBytes) {
    return new EngineBounds(64, context, 512, kvBytes, Duration.ZERO);
  }
}
