package dev.millrace.embed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.contracts.avro.ChunkedDocument;
import dev.millrace.contracts.avro.IndexOutcome;
import dev.millrace.index.Generation;
import dev.millrace.index.IndexCatalogue;
import dev.millrace.models.embedding.HashedEmbedding;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import java.io.IOException;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@WithServers
class GenerationsTest {

  private Installation installation;

  @BeforeEach
  void install(Servers servers) {
    installation = new Installation(servers, Map.of());
  }

  @AfterEach
  void remove() throws IOException {
    installation.close();
  }

  @Test
  void another_model_fills_another_index_which_then_goes_live_and_back_again() throws IOException {
    ChunkedDocument[] documents =
        IntStream.range(0, 20)
            .mapToObj(i -> Documents.indexed("d" + i, i, "Words of " + i, "More of them"))
            .toArray(ChunkedDocument[]::new);
    EmbedStage first = installation.start();
    installation.push(documents);
    installation.push(Documents.deleted("d3", 30));
    for (int i = 0; i < 20; i++) {
      installation.reported("d" + i, i);
    }
    installation.reported("d3", 30);
    documents[3] = Documents.deleted("d3", 30);
    first.close();
    assertThat(live().number()).isEqualTo(1);

    EmbedStage second = installation.start(new LetterEmbedding());

    await()
        .atMost(Installation.PATIENCE)
        .untilAsserted(() -> assertThat(live().number()).isEqualTo(2));
    assertThat(live().identity().model()).isEqualTo("letters-v1");
    assertThat(installation.state()).isEqualTo(Installation.stateOf(documents));
    assertThat(installation.index().vectors(Installation.chunkIds(documents[5])).values())
        .hasSize(2)
        .allSatisfy(vector -> assertThat(vector).hasSize(27));
    assertThat(catalogue().all()).extracting(Generation::number).containsExactly(1, 2);
    second.close();

    documents[5] = Documents.indexed("d5", 40, "Another text");
    installation.push(documents[5]);
    EmbedStage third = installation.start(new HashedEmbedding());

    await()
        .atMost(Installation.PATIENCE)
        .untilAsserted(() -> assertThat(live().number()).isEqualTo(1));
    assertThat(installation.state()).isEqualTo(Installation.stateOf(documents));
    third.close();
  }

  @Test
  void a_text_that_the_model_fails_on_is_rejected_alone() throws IOException {
    ChunkedDocument good = Documents.indexed("good", 1, "Fine.");
    ChunkedDocument bad = Documents.indexed("bad", 2, "Fine too.", LetterEmbedding.POISON);
    installation.push(good, bad);

    installation.start(new LetterEmbedding());

    assertThat(installation.reported("good", 1).getOutcome()).isEqualTo(IndexOutcome.INDEXED);
    assertThat(installation.reported("bad", 2).getOutcome()).isEqualTo(IndexOutcome.REJECTED);
    assertThat(installation.reported("bad", 2).getReason()).isEqualTo("embed-failed");
    assertThat(installation.state()).isEqualTo(Installation.stateOf(good));
    assertThat(installation.deadLetters()).hasSize(1);
  }

  private IndexCatalogue catalogue() {
    return new IndexCatalogue(installation.opensearch, installation.indexSettings);
  }

  private Generation live() {
    return catalogue().live().orElseThrow();
  }
}
