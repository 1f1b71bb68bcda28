package dev.millrace.serving.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class RetrievalMetricsTest {

  private static final Offset<Double> EXACT = within(1e-6);
  private static final Map<String, Double> GAINS = Map.of("a", 1.0, "b", 1.0, "c", 1.0, "z", 0.0);

  @Test
  void ndcg_is_as_worked_by_hand() {
    // found: 1/log2(3) + 1/log2(4) = 0.630930 + 0.5; ideal: 1 + 0.630930 + 0.5 = 2.130930
    assertThat(RetrievalMetrics.ndcg(List.of("x", "a", "b"), GAINS, 10))
        .isCloseTo(1.130930 / 2.130930, within(1e-5));
    assertThat(RetrievalMetrics.ndcg(List.of("c", "a", "b"), GAINS, 10)).isCloseTo(1, EXACT);
  }

  @Test
  void ndcg_knows_graded_gains() {
    // found: 1 + 3/log2(3) = 2.892789; ideal: 3 + 1/log2(3) = 3.630930
    assertThat(RetrievalMetrics.ndcg(List.of("low", "high"), Map.of("high", 3.0, "low", 1.0), 10))
        .isCloseTo(2.892789 / 3.630930, within(1e-5));
  }

  @Test
  void ideal_is_cut_at_the_same_depth() {
    assertThat(RetrievalMetrics.ndcg(List.of("a"), GAINS, 1)).isCloseTo(1, EXACT);
  }

  @Test
  void reciprocal_rank_is_of_the_first_relevant_one() {
    assertThat(RetrievalMetrics.reciprocalRank(List.of("x", "z", "b", "a"), GAINS, 10))
        .isCloseTo(1 / 3.0, EXACT);
    assertThat(RetrievalMetrics.reciprocalRank(List.of("x", "z", "b"), GAINS, 2)).isZero();
  }

  @Test
  void document_named_twice_counts_once() {
    assertThat(RetrievalMetrics.ndcg(List.of("a", "a", "b", "c"), GAINS, 10)).isCloseTo(1, EXACT);
    assertThat(RetrievalMetrics.recall(List.of("a", "a"), GAINS, 100)).isCloseTo(1 / 3.0, EXACT);
  }

  @Test
  void averages_leave_out_queries_without_relevant_documents_and_count_missing_ones_as_nothing() {
    RetrievalMetrics metrics =
        RetrievalMetrics.of(
            Map.of("1", List.of("a", "b", "c"), "3", List.of("a")),
            Map.of("1", GAINS, "2", GAINS, "3", Map.of("a", 0.0)));
    assertThat(metrics.queries()).isEqualTo(2);
    assertThat(metrics.ndcg10()).isCloseTo(0.5, EXACT);
    assertThat(metrics.mrr10()).isCloseTo(0.5, EXACT);
    assertThat(metrics.recall100()).isCloseTo(0.5, EXACT);
    assertThatThrownBy(() -> RetrievalMetrics.of(Map.of(), Map.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
