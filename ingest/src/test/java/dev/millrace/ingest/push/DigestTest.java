package dev.millrace.ingest.push;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contracts.avro.Document;
import dev.millrace.ingest.Documents;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class DigestTest {

  @Test
  void everything_that_a_document_says_counts() {
    Document document = Documents.of("a", "text");
    document.setMetadata(Map.of("a", "b"));
    Digest digest = Digest.of(document);
    List<Consumer<Document>> changes =
        List.of(
            d -> d.setContent(ByteBuffer.wrap(new byte[] {1})),
            d -> d.setTitle("t"),
            d -> d.setTitle(""),
            d -> d.setUri("t"),
            d -> d.setFileName("t"),
            d -> d.setContentType("t"),
            d -> d.setAcl(List.of("t")),
            d -> d.setMetadata(Map.of("a", "c")),
            d -> d.setMetadata(Map.of("ab", "")),
            d -> d.setMetadata(Map.of()));
    for (Consumer<Document> change : changes) {
      Document changed = Documents.copy(document);
      change.accept(changed);
      assertThat(Digest.of(changed)).as("%s", changed).isNotEqualTo(digest);
    }
  }

  @Test
  void the_time_of_sending_and_the_order_of_principals_do_not() {
    Document document = Documents.of("a", "text");
    document.setAcl(List.of("a", "b"));
    Document same = Documents.copy(document);
    same.setSentAt(99);
    same.setAcl(List.of("b", "a"));
    assertThat(Digest.of(same)).isEqualTo(Digest.of(document));
    assertThat(Digest.ofHex(Digest.of(document).hex())).isEqualTo(Digest.of(document));
    assertThat(document.getContent().remaining()).isEqualTo(4);
  }
}
