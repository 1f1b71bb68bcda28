package dev.millrace.ingest.push;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.ingest.Destination;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JournalTest {

  private static final Destination LOG = new Destination("cluster", "documents", "topic");

  @TempDir Path folder;

  @Test
  void what_was_sent_is_known_the_next_time() throws IOException {
    try (Journal journal = open()) {
      int source = journal.source("/docs");
      journal.sent("a", content("1"), 7, source);
      journal.sent("b", content("2"), 0, source);
      journal.deleted("b");
    }
    try (Journal journal = open()) {
      int source = journal.source("/docs");
      assertThat(journal.isCurrent("a", content("1"))).isTrue();
      assertThat(journal.isCurrent("a", content("2"))).isFalse();
      assertThat(journal.isCurrent("a", 7, source)).isTrue();
      assertThat(journal.isCurrent("a", 7, journal.source("/other"))).isFalse();
      assertThat(journal.isCurrent("a", 8, source)).isFalse();
      assertThat(journal.isCurrent("b", content("2"))).isFalse();
      assertThat(journal.documents()).isEqualTo(1);
    }
  }

  @Test
  void another_cluster_or_topic_has_another_journal() throws IOException {
    try (Journal journal = open()) {
      journal.sent("a", content("1"), 0, journal.source("/docs"));
    }
    for (Destination other :
        List.of(
            new Destination("other", "documents", "topic"),
            new Destination("cluster", "other", "topic"),
            new Destination("cluster", "documents", "again"))) {
      try (Journal journal = Journal.open(folder, other)) {
        assertThat(journal.documents()).isZero();
      }
    }
  }

  @Test
  void a_second_push_to_the_same_log_is_refused_with_a_clear_word() throws IOException {
    try (Journal journal = open()) {
      assertThat(journal.documents()).isZero();
      assertThatThrownBy(this::open)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("another push");
    }
    open().close();
  }

  @Test
  void a_file_cut_off_anywhere_keeps_every_whole_line() throws IOException {
    fill(20);
    byte[] whole = Files.readAllBytes(file());
    for (int length = 0; length <= whole.length; length++) {
      Files.write(file(), java.util.Arrays.copyOf(whole, length));
      int ends = 0;
      for (int i = 0; i < length; i++) {
        ends += whole[i] == '\n' ? 1 : 0;
      }
      // Header and source come first.
      int expected = Math.max(0, ends - 2);
      try (Journal journal = open()) {
        assertThat(journal.documents()).as("cut at %d", length).isEqualTo(expected);
        journal.sent("new", content("n"), 0, journal.source("/docs"));
      }
      try (Journal journal = open()) {
        assertThat(journal.documents()).as("cut at %d, later", length).isEqualTo(expected + 1);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7})
  void a_damaged_byte_costs_one_document_at_most(int seed) throws IOException {
    fill(20);
    var random = new Random(seed);
    try (var raw = new RandomAccessFile(file().toFile(), "rw")) {
      long at = 120 + random.nextInt((int) raw.length() - 121);
      raw.seek(at);
      int old = raw.read();
      raw.seek(at);
      raw.write(old == '\n' ? 'x' : old ^ 1);
    }
    try (Journal journal = open()) {
      int lost = 0;
      for (int i = 0; i < 20; i++) {
        lost += journal.isCurrent("doc-" + i, content("c" + i)) ? 0 : 1;
      }
      // A destroyed line end takes the next line with it.
      assertThat(lost).isLessThanOrEqualTo(2);
    }
  }

  @Test
  void missing_documents_are_those_of_the_source_that_were_not_met() throws IOException {
    try (Journal journal = open()) {
      int docs = journal.source("/docs");
      int other = journal.source("/other");
      journal.sent("a", content("1"), 0, docs);
      journal.sent("b", content("1"), 0, docs);
      journal.sent("b", content("2"), 0, docs);
      journal.sent("c", content("1"), 0, docs);
      journal.sent("c", content("1"), 0, other);
      journal.sent("d", content("1"), 0, docs);
      journal.deleted("d");
      journal.begin();
      journal.meet("a");
      var missing = new ArrayList<String>();
      journal.forEachMissing(docs, missing::add);
      assertThat(missing).containsExactly("b");
    }
  }

  @Test
  void the_file_stays_in_proportion_to_its_documents() throws IOException {
    try (Journal journal = open()) {
      int source = journal.source("/docs");
      for (int round = 0; round < 300; round++) {
        for (int i = 0; i < 100; i++) {
          journal.sent("doc-" + i, content(round + "/" + i), round, source);
        }
        journal.compact();
      }
      journal.deleted("doc-7");
    }
    assertThat(Files.readAllLines(file())).hasSizeLessThan(10_500);
    try (Journal journal = open()) {
      assertThat(journal.documents()).isEqualTo(99);
      assertThat(journal.isCurrent("doc-3", content("299/3"))).isTrue();
      assertThat(journal.isCurrent("doc-7", content("299/7"))).isFalse();
    }
  }

  @Test
  void any_history_reads_back_as_what_it_came_to() throws IOException {
    for (int seed = 0; seed < 30; seed++) {
      var random = new Random(seed);
      var destination = new Destination("c", "t", "random-" + seed);
      Map<String, String> model = new HashMap<>();
      for (int session = 0; session < 3; session++) {
        try (Journal journal = Journal.open(folder, destination)) {
          for (int step = 0; step < 400; step++) {
            String id = "id " + random.nextInt(60) + " ü%09";
            if (random.nextInt(4) == 0) {
              journal.deleted(id);
              model.remove(id);
            } else {
              String text = "v" + random.nextInt(5);
              String source = "/s\t\n%" + random.nextInt(3);
              journal.sent(id, content(text), random.nextLong(), journal.source(source));
              model.put(id, text);
            }
          }
        }
      }
      try (Journal journal = Journal.open(folder, destination)) {
        assertThat(journal.documents()).isEqualTo(model.size());
        model.forEach(
            (id, text) -> assertThat(journal.isCurrent(id, content(text))).as(id).isTrue());
        journal.begin();
        var all = new TreeSet<String>();
        for (int i = 0; i < 3; i++) {
          journal.forEachMissing(journal.source("/s\t\n%" + i), all::add);
        }
        assertThat(all).isEqualTo(new TreeSet<>(model.keySet()));
      }
    }
  }

  @Test
  void the_index_takes_less_than_100_bytes_a_document() {
    var index = new JournalIndex();
    Digest content = content("x");
    for (int i = 0; i < 300_000; i++) {
      index.put(index.slot("document/" + i), content, i, 1);
      if (i > 2_000) {
        assertThat(index.bytes()).isLessThan(100L * (i + 1));
      }
    }
    assertThat(index.live()).isEqualTo(300_000);
    for (int i = 0; i < 300_000; i += 7) {
      assertThat(index.fingerprint(index.slot("document/" + i))).isEqualTo(i);
    }
  }

  private void fill(int documents) throws IOException {
    try (Journal journal = open()) {
      int source = journal.source("/docs");
      for (int i = 0; i < documents; i++) {
        journal.sent("doc-" + i, content("c" + i), i, source);
      }
    }
  }

  private Journal open() throws IOException {
    return Journal.open(folder, LOG);
  }

  private Path file() {
    return folder.resolve("cluster-documents-topic.journal");
  }

  private static Digest content(String text) {
    return Digest.of(text);
  }
}
