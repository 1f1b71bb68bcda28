package dev.millrace.models.embedding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.models.embedding.EmbeddingModel.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HashedEmbeddingTest {

  private final EmbeddingModel model = new HashedEmbedding();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "   ",
        "!!!",
        "the",
        "東",
        "東京都の天気",
        "\ud83d",
        "naïve café",
        "a",
        "한국어",
        "\u0301",
        "x\u0000y"
      })
  void every_text_has_a_vector_of_length_one(String text) {
    float[] vector = embed(text);

    assertThat(vector).hasSize(384);
    assertThat(dot(vector, vector)).isCloseTo(1f, within(1e-5f));
  }

  @Test
  void a_text_has_the_same_vector_whatever_stands_beside_it() {
    var texts = List.of("How does log compaction work?", "", "Partitions are replicated.", "圧縮");

    List<float[]> together = model.embed(texts, Role.PASSAGE);

    for (int i = 0; i < texts.size(); i++) {
      assertThat(together.get(i)).containsExactly(embed(texts.get(i)));
    }
  }

  @Test
  void the_vectors_of_this_id_never_change() {
    // Pinned: indexes of users hold vectors of this id. A new value here needs a new id.
    float[] vector = embed("Kafka consumers commit their offsets.");

    assertThat(checksum(vector)).isEqualTo(PINNED);
  }

  private static final long PINNED = 6250870935407699675L;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "consumer groups rebalanced|a rebalance of the consumer group",
        "KafkaConsumer|kafka consumers",
        "ｆｕｌｌ　ｗｉｄｔｈ|full width",
        "Café Zürich|cafe zurich",
        "東京都の天気予報|明日の天気予報は",
        "serialisation of recrods|record serialisation"
      })
  void texts_that_share_words_are_near(String pair) {
    String[] texts = pair.split("\\|");

    float near = dot(embed(texts[0]), embed(texts[1]));

    assertThat(near).isGreaterThan(0.3f);
    assertThat(near).isGreaterThan(0.2f + dot(embed(texts[0]), embed("bake bread with yeast")));
  }

  @Test
  void the_passage_that_answers_is_nearest_to_its_question() {
    var passages =
        List.of(
            "Log compaction keeps at least the last value for each key within a partition.",
            "The broker elects a leader for each partition among the in-sync replicas.",
            "Consumers join a group and divide the partitions of a topic among themselves.",
            "Quotas limit the bandwidth that a client may use.");

    float[] question = embed("What does compaction of the log keep for every key?");

    List<float[]> vectors = model.embed(passages, Role.PASSAGE);
    int best =
        IntStream.range(0, passages.size())
            .boxed()
            .max(
                (a, b) ->
                    Float.compare(dot(question, vectors.get(a)), dot(question, vectors.get(b))))
            .orElseThrow();
    assertThat(best).isZero();
  }

  @Test
  void two_thousand_texts_of_two_hundred_words_take_less_than_a_second() {
    var words = new ArrayList<String>();
    for (int i = 0; i < 200; i++) {
      words.add("word" + (char) ('a' + i % 26) + (char) ('a' + i / 26) + "ing");
    }
    List<String> texts =
        IntStream.range(0, 2000).mapToObj(i -> String.join(" ", words) + " " + i).toList();
    model.embed(texts, Role.PASSAGE); // warm

    long start = System.nanoTime();
    model.embed(texts, Role.PASSAGE);

    assertThat((System.nanoTime() - start) / 1_000_000).isLessThan(1000);
  }

  @Test
  void a_text_without_a_break_is_embedded_in_linear_time() {
    float[] vector = embed("x".repeat(2_000_000));

    assertThat(dot(vector, vector)).isCloseTo(1f, within(1e-5f));
  }

  private float[] embed(String text) {
    return model.embed(List.of(text), Role.PASSAGE).getFirst();
  }

  private static float dot(float[] a, float[] b) {
    float sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static long checksum(float[] vector) {
    long sum = 0;
    for (float x : vector) {
      sum = sum * 31 + Math.round(x * 10_000);
    }
    return sum;
  }
}
