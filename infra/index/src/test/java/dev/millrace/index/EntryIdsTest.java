package dev.millrace.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class EntryIdsTest {

  @Test
  void the_same_hash_twice_has_two_ids_and_the_first_can_be_named() {
    List<String> ids = EntryIds.chunks("doc", List.of("a", "b", "a"));

    assertThat(ids).containsExactly("doc#a#0", "doc#b#0", "doc#a#1");
    assertThat(EntryIds.firstChunk("doc", "a")).isEqualTo(ids.getFirst());
  }

  @Test
  void a_long_document_id_gives_ids_that_opensearch_takes() {
    String hash = "f".repeat(64);
    String first = EntryIds.chunks("長".repeat(1000), List.of(hash)).getFirst();
    String second = EntryIds.chunks("長".repeat(999), List.of(hash)).getFirst();

    assertThat(first.getBytes(StandardCharsets.UTF_8).length).isLessThanOrEqualTo(512);
    assertThat(first).isNotEqualTo(second);
  }

  @Test
  void a_public_document_is_readable_by_everybody_and_others_by_their_own() {
    assertThat(Acl.stored(List.of())).containsExactly("*");
    assertThat(Acl.stored(List.of("group:a"))).containsExactly("group:a");
    assertThat(Acl.readableBy(List.of())).containsExactly("*");
    assertThat(Acl.readableBy(List.of("me", "group:a"))).containsExactly("*", "me", "group:a");
  }
}
