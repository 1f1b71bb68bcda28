package dev.millrace.monitor.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.millrace.contracts.avro.ChunkOutcome;
import dev.millrace.contracts.avro.IndexOutcome;
import dev.millrace.devstack.ServerKind;
import dev.millrace.monitor.fixture.LogFixture;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Every document is somewhere, and one that is nowhere is named. */
@WithServers({ServerKind.KAFKA, ServerKind.REGISTRY})
class DocumentAuditTest {

  private static final AuditLimits QUICK =
      new AuditLimits(Duration.ofSeconds(60), Duration.ZERO, 3);

  private final LogFixture log;
  private final DocumentStory story;

  DocumentAuditTest(Servers servers) {
    log = new LogFixture(servers);
    story = new DocumentStory(log);
  }

  @BeforeEach
  void createTopics() {
    log.create(log.context().topics().documentStream());
  }

  @AfterEach
  void close() {
    log.close();
  }

  private DocumentReport audit() {
    return new DocumentAudit(log.context(), QUICK).run(AuditProgress.SILENT);
  }

  private void assertOneProblem(String kind, String id) {
    DocumentReport report = audit();
    assertThat(report.findings().listed())
        .extracting(Problem::kind, Problem::id)
        .containsExactly(tuple(kind, id));
    assertThat(report.addsUp()).isFalse();
    assertThat(report.accounted()).isEqualTo(report.received() - 1);
  }

  @Test
  void every_way_that_a_document_may_end_is_counted() {
    story.whole("indexed");
    long rejected = story.received("rejected");
    long refused = story.received("refused");
    long deleted = story.deleted("deleted");
    long waiting = story.received("waiting for embed");
    var badKey = story.unkeyed();
    story.received("poisoned");
    story.chunked("rejected", rejected, ChunkOutcome.REJECTED, "encrypted");
    story.chunked("refused", refused, ChunkOutcome.CHUNKED);
    story.chunked("deleted", deleted, ChunkOutcome.DELETED);
    var unreadable = story.unreadableChunks("poisoned");
    story.told("rejected", rejected, IndexOutcome.REJECTED, "encrypted");
    story.told("refused", refused, IndexOutcome.REJECTED, "index-refused");
    story.told("deleted", deleted, IndexOutcome.DELETED);
    story.buried("embed", unreadable, "poisoned", "not-wire-format");
    story.buried("preprocess", badKey, "?", "bad-key");
    story.whole("later");
    story.chunked("waiting for embed", waiting, ChunkOutcome.CHUNKED);
    story.received("waiting for preprocess");

    DocumentReport report = audit();

    assertThat(report.findings().listed()).isEmpty();
    assertThat(report.addsUp()).isTrue();
    assertThat(report.received()).isEqualTo(9);
    assertThat(report.indexed()).isEqualTo(2);
    assertThat(report.rejected())
        .containsOnly(
            Map.entry("encrypted", 1L),
            Map.entry("index-refused", 1L),
            Map.entry("bad-key", 1L),
            Map.entry("not-wire-format", 1L));
    assertThat(report.deleted()).isEqualTo(1);
    assertThat(report.awaitingPreprocess()).isEqualTo(1);
    assertThat(report.awaitingEmbed()).isEqualTo(1);
    assertThat(report.remembered()).isZero();
  }

  @Test
  void the_newest_revision_counts_and_reports_may_come_twice() {
    story.whole("a");
    story.whole("a");
    long revision = story.received("a");
    story.chunked("a", revision, ChunkOutcome.CHUNKED);
    story.told("a", revision, IndexOutcome.INDEXED);
    story.told("a", revision, IndexOutcome.INDEXED);
    story.told("a", 0, IndexOutcome.SUPERSEDED);

    DocumentReport report = audit();

    assertThat(report.addsUp()).isTrue();
    assertThat(report.received()).isEqualTo(1);
    assertThat(report.indexed()).isEqualTo(1);
  }

  @Test
  void a_document_that_preprocess_passed_over_is_lost() {
    story.received("lost");
    story.whole("later");

    assertOneProblem("lost-before-chunks", "lost");
  }

  @Test
  void a_new_revision_that_preprocess_passed_over_is_lost() {
    story.whole("lost");
    story.received("lost");
    story.whole("later");

    assertOneProblem("lost-before-chunks", "lost");
  }

  @Test
  void a_document_that_embed_passed_over_is_lost() {
    long revision = story.received("lost");
    story.chunked("lost", revision, ChunkOutcome.CHUNKED);
    story.whole("later");

    assertOneProblem("not-reported", "lost");
  }

  @Test
  void an_unreadable_record_without_a_dead_letter_is_lost() {
    story.received("lost");
    story.unreadableChunks("lost");
    story.whole("later");

    assertOneProblem("not-reported", "lost");
  }

  @Test
  void a_deletion_that_was_not_carried_out_is_named() {
    long revision = story.deleted("alive");
    story.chunked("alive", revision, ChunkOutcome.CHUNKED);
    story.told("alive", revision, IndexOutcome.INDEXED);

    assertOneProblem("outcome-differs", "alive");
  }

  @Test
  void a_report_that_contradicts_chunks_is_named() {
    long revision = story.received("a");
    story.chunked("a", revision, ChunkOutcome.CHUNKED);
    story.told("a", revision, IndexOutcome.DELETED);

    assertOneProblem("outcome-differs", "a");
  }

  @Test
  void a_newest_revision_that_was_superseded_is_named() {
    long revision = story.received("a");
    story.chunked("a", revision, ChunkOutcome.CHUNKED);
    story.told("a", revision, IndexOutcome.SUPERSEDED);

    assertOneProblem("outcome-differs", "a");
  }

  @Test
  void chunks_of_a_document_that_nobody_sent_are_named() {
    story.chunked("ghost", 0, ChunkOutcome.CHUNKED);

    assertOneProblem("no-document", "ghost");
  }

  @Test
  void a_report_of_a_document_that_no_topic_knows_is_named() {
    story.told("ghost", 0, IndexOutcome.INDEXED);

    assertOneProblem("no-chunks", "ghost");
  }

  @Test
  void a_revision_that_documents_never_had_is_named() {
    story.received("a");
    story.received("b");
    story.chunked("a", 1, ChunkOutcome.CHUNKED);
    long revision = 1;
    story.chunked("b", revision, ChunkOutcome.CHUNKED);
    story.told("b", revision, IndexOutcome.INDEXED);

    assertOneProblem("revision-from-nowhere", "a");
  }

  @Test
  void a_report_ahead_of_chunks_is_named() {
    long revision = story.received("a");
    story.chunked("a", revision, ChunkOutcome.CHUNKED);
    story.told("a", revision + 7, IndexOutcome.INDEXED);

    assertOneProblem("revision-from-nowhere", "a");
  }

  @Test
  void a_deletion_whose_order_was_compacted_away_still_counts() {
    story.chunked("gone", 3, ChunkOutcome.DELETED);
    story.told("gone", 3, IndexOutcome.DELETED);

    DocumentReport report = audit();

    assertThat(report.addsUp()).isTrue();
    assertThat(report.deleted()).isEqualTo(1);
  }

  @Test
  void documents_whose_reports_are_too_old_to_be_kept_still_count() throws Exception {
    story.whole("old");
    long deleted = story.deleted("old and deleted");
    story.chunked("old and deleted", deleted, ChunkOutcome.DELETED);
    story.told("old and deleted", deleted, IndexOutcome.DELETED);
    long rejected = story.received("old and rejected");
    story.chunked("old and rejected", rejected, ChunkOutcome.REJECTED, "too-short");
    story.told("old and rejected", rejected, IndexOutcome.REJECTED, "too-short");
    story.whole("new");
    forgetReports(3);

    DocumentReport report = audit();

    assertThat(report.addsUp()).isTrue();
    assertThat(report.indexed()).isEqualTo(2);
    assertThat(report.deleted()).isEqualTo(1);
    assertThat(report.rejected()).containsOnly(Map.entry("too-short", 1L));
    assertThat(report.remembered()).isEqualTo(3);
  }

  @Test
  void a_topic_of_reports_that_is_empty_by_age_leaves_nothing_unaccounted() throws Exception {
    story.whole("old");
    forgetReports(1);

    DocumentReport report = audit();

    assertThat(report.addsUp()).isTrue();
    assertThat(report.indexed()).isEqualTo(1);
    assertThat(report.remembered()).isEqualTo(1);
  }

  private void forgetReports(long before) throws Exception {
    try (var admin = Admin.create(log.context().kafka().admin("test"))) {
      admin
          .deleteRecords(
              Map.of(
                  new TopicPartition(log.context().topics().indexed().name(), 0),
                  RecordsToDelete.beforeOffset(before)))
          .all()
          .get(30, TimeUnit.SECONDS);
    }
  }

  @Test
  void what_seems_lost_but_is_told_a_moment_later_is_not_reported() {
    long revision = story.received("late");
    story.chunked("late", revision, ChunkOutcome.CHUNKED);
    story.whole("later");
    var patient = new AuditLimits(Duration.ofSeconds(60), Duration.ofSeconds(30), 3);
    boolean[] told = {false};

    DocumentReport report =
        new DocumentAudit(log.context(), patient)
            .run(
                (topic, read, total) -> {
                  // The last topic is being read: the reports have been.
                  if (topic.equals(log.context().topics().documents().name()) && !told[0]) {
                    told[0] = true;
                    story.told("late", revision, IndexOutcome.INDEXED);
                  }
                });

    assertThat(told[0]).isTrue();
    assertThat(report.addsUp()).isTrue();
    assertThat(report.indexed()).isEqualTo(2);
  }

  @Test
  void dead_letters_are_counted_by_stage_and_reason_and_copies_once() {
    var first = story.unreadableChunks("a");
    var second = story.unreadableChunks("b");
    story.buried("embed", first, "a", "not-wire-format");
    story.buried("embed", first, "a", "not-wire-format");
    story.buried("embed", second, "b", "not-wire-format");
    story.buried("reward", first, "a", "delivered-too-often");

    DeadLetterReport report = new DeadLetterAudit(log.context(), QUICK).run(AuditProgress.SILENT);

    assertThat(report.counts())
        .containsExactly(
            new DeadLetterReport.Count("embed", "not-wire-format", 2),
            new DeadLetterReport.Count("reward", "delivered-too-often", 1));
    assertThat(report.total()).isEqualTo(3);
  }

  @Test
  void topics_that_are_not_there_hold_nothing() {
    var elsewhere = LogFixture.under(log.context(), "no-" + log.context().topics().prefix());

    DocumentReport documents = new DocumentAudit(elsewhere, QUICK).run(AuditProgress.SILENT);
    assertThat(documents.found()).isFalse();
    assertThat(documents.received()).isZero();
    assertThat(new TaskAudit(elsewhere, Optional.empty(), QUICK).run(AuditProgress.SILENT).found())
        .isFalse();
    assertThat(new DeadLetterAudit(elsewhere, QUICK).run(AuditProgress.SILENT).counts()).isEmpty();
  }
}
