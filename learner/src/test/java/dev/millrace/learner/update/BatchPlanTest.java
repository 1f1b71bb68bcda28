package dev.millrace.learner.update;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.learner.algorithm.BatchSettings;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BatchPlanTest {

  private static final List<TrainingRow> ROWS =
      IntStream.range(0, 250)
          .mapToObj(
              i -> {
                int[] tokens = new int[1 + i % 7];
                return new TrainingRow(
                    i / 5, new int[3], Samples.sample(tokens, new float[tokens.length], i));
              })
          .toList();

  private static List<MiniBatch> epoch(int rows, int tokens, long update, int epoch) {
    return new BatchPlan(
            new BatchSettings(2, rows, tokens), AlgorithmPresets.named("dapo").loss(), 9)
        .epoch(ROWS, update, epoch);
  }

  private static List<TrainingRow> rows(List<MiniBatch> batches) {
    List<TrainingRow> out = new ArrayList<>();
    batches.forEach(batch -> batch.parts().forEach(part -> out.addAll(part.rows())));
    return out;
  }

  @Test
  void rows_are_divided_into_equal_parts_nearest_to_the_size_asked_for() {
    assertThat(epoch(96, 1000, 1, 0)).hasSize(3);
    assertThat(epoch(200, 1000, 1, 0)).hasSize(1);
    assertThat(epoch(0, 1000, 1, 0)).hasSize(1);
    assertThat(epoch(1, 1000, 1, 0)).hasSize(250);
    assertThat(epoch(96, 10_000, 1, 0).stream().map(batch -> rows(List.of(batch)).size()))
        .containsExactly(83, 83, 84);
  }

  @Test
  void every_row_stands_in_one_place() {
    for (int size : new int[] {0, 10, 96}) {
      List<TrainingRow> placed = rows(epoch(size, 64, 3, 1));
      assertThat(placed).hasSize(250);
      assertThat(new HashSet<>(placed)).hasSize(250);
    }
  }

  @Test
  void the_shuffle_depends_on_the_update_and_the_epoch_and_on_nothing_else() {
    assertThat(rows(epoch(96, 64, 3, 1))).isEqualTo(rows(epoch(96, 64, 3, 1)));
    assertThat(rows(epoch(96, 64, 3, 1))).isNotEqualTo(rows(epoch(96, 64, 3, 0)));
    assertThat(rows(epoch(96, 64, 3, 1))).isNotEqualTo(rows(epoch(96, 64, 4, 1)));
  }

  @Test
  void micro_batches_keep_to_their_bound_and_siblings_stay_together() {
    for (MiniBatch batch : epoch(96, 64, 1, 0)) {
      for (MicroBatch part : batch.parts()) {
        assertThat(part.rows().stream().mapToInt(row -> row.sequence().length()).sum())
            .isLessThanOrEqualTo(64);
      }
      Set<Integer> left = new HashSet<>();
      int group = -1;
      for (TrainingRow row : rows(List.of(batch))) {
        if (row.group() != group) {
          assertThat(left.add(row.group())).isTrue();
          group = row.group();
        }
      }
    }
  }

  @Test
  void denominators_are_those_of_the_whole_mini_batch() {
    for (MiniBatch batch : epoch(96, 64, 1, 0)) {
      List<TrainingRow> rows = rows(List.of(batch));
      assertThat(batch.weights().sequences()).isEqualTo(rows.size());
      assertThat(batch.weights().tokens())
          .isEqualTo(rows.stream().mapToLong(TrainingRow::tokens).sum());
    }
  }
}
