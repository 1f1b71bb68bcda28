package dev.millrace.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RetrievalMetricsTest {

  private static final List<String> RANKING = List.of("x", "a", "y", "b");

  @Test
  void ndcg_of_a_hand_worked_ranking() {
    // Gains at ranks 2 and 4: 1/log2(3) + 1/log2(5) = 0.63093 + 0.43068; ideal for three
    // relevant documents: 1 + 0.63093 + 0.5.
    assertThat(RetrievalMetrics.ndcg(RANKING, Set.of("a", "b", "c"), 10))
        .isCloseTo(1.06161 / 2.13093, within(1e-5));
    assertThat(RetrievalMetrics.ndcg(RANKING, Set.of("a", "b"), 2))
        .isCloseTo(0.63093 / 1.63093, within(1e-5));
  }

  @Test
  void a_perfect_ranking_has_ndcg_1() {
    assertThat(RetrievalMetrics.ndcg(List.of("a", "b"), Set.of("a", "b"), 10)).isEqualTo(1);
  }

  @Test
  void reciprocal_rank_counts_the_first_hit_within_k() {
    assertThat(RetrievalMetrics.reciprocalRank(RANKING, Set.of("a", "b"), 10)).isEqualTo(0.5);
    assertThat(RetrievalMetrics.reciprocalRank(RANKING, Set.of("b"), 3)).isZero();
  }

  @Test
  void recall_is_the_share_of_relevant_documents_found() {
    assertThat(RetrievalMetrics.recall(RANKING, Set.of("a", "b", "c", "d"), 100)).isEqualTo(0.5);
    assertThat(RetrievalMetrics.recall(RANKING, Set.of(), 100)).isZero();
  }

  @Test
  void percentiles_are_values_that_were_measured() {
    double[] sorted = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    assertThat(Figures.at(sorted, 0.5)).isEqualTo(5);
    assertThat(Figures.at(sorted, 0.99)).isEqualTo(10);
  }
}
