package dev.millrace.serving.retrieval.ranking;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.serving.retrieval.Passage;
import dev.millrace.serving.retrieval.Query;
import dev.millrace.serving.retrieval.Retrieved;
import dev.millrace.serving.retrieval.SearchMode;
import dev.millrace.serving.retrieval.States;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RankingTest {

  private static final Passage A = States.passage("a", "acks wait for replicas", 0.9);
  private static final Passage B = States.passage("b", "acks wait for all replicas", 0.8);
  private static final Passage C = States.passage("c", "bread is baked in ovens", 0.5);

  @Test
  void passage_that_several_queries_find_comes_first() {
    Retrieved fused =
        new Fuse(60)
            .apply(
                States.asked("q")
                    .plus(Query.of("r", SearchMode.BM25, 1))
                    .withRankings(List.of(List.of(A, B), List.of(C, B))));
    assertThat(ids(fused)).containsExactly("b", "a", "c");
    assertThat(fused.passages().getFirst().score()).isEqualTo(2.0 / 62);
  }

  @Test
  void lighter_query_counts_less() {
    Retrieved fused =
        new Fuse(60)
            .apply(
                States.asked("q")
                    .plus(Query.of("r", SearchMode.BM25, 0.4))
                    .withRankings(List.of(List.of(A), List.of(C))));
    assertThat(ids(fused)).containsExactly("a", "c");
  }

  @Test
  void single_ranking_keeps_its_scores() {
    assertThat(new Fuse(60).apply(States.found(A, B)).passages()).containsExactly(A, B);
  }

  @Test
  void passage_that_repeats_another_moves_down() {
    assertThat(ids(new Diversify(0.5, 10).apply(States.found(A, B, C))))
        .containsExactly("a", "c", "b");
  }

  @Test
  void relevance_alone_changes_nothing_and_nothing_is_lost() {
    Random random = new Random(5);
    for (int round = 0; round < 50; round++) {
      List<Passage> passages = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        String text = "w" + random.nextInt(4) + " w" + random.nextInt(4);
        passages.add(States.passage("d" + i, text, 1.0 / (i + 1)));
      }
      Retrieved found = States.found(passages.toArray(Passage[]::new));
      assertThat(new Diversify(1, 8).apply(found).passages()).isEqualTo(passages);
      Retrieved mixed = new Diversify(random.nextDouble(), 8).apply(found);
      assertThat(mixed.passages()).containsExactlyInAnyOrderElementsOf(passages);
      assertThat(mixed.passages().getFirst()).isEqualTo(passages.getFirst());
      assertThat(mixed.passages().subList(8, 12)).isEqualTo(passages.subList(8, 12));
    }
  }

  @Test
  void model_orders_the_pool_and_the_rest_follows() {
    RelevanceModel longer =
        (question, texts) -> {
          float[] scores = new float[texts.size()];
          for (int i = 0; i < scores.length; i++) {
            scores[i] = texts.get(i).contains("bread") ? 0.9f : 0.1f;
          }
          return scores;
        };
    Passage d = States.passage("d", "bread", 0.1);
    Retrieved ordered = new Rerank(longer, 3).apply(States.found(A, B, C, d));
    assertThat(ids(ordered)).containsExactly("c", "a", "b", "d");
    assertThat(ordered.passages())
        .extracting(Passage::score)
        .isSortedAccordingTo((x, y) -> Double.compare(y, x));
    assertThat(new Rerank(longer, 3).apply(States.asked("q")).passages()).isEmpty();
  }

  private static List<String> ids(Retrieved state) {
    return state.passages().stream().map(Passage::documentId).toList();
  }
}
