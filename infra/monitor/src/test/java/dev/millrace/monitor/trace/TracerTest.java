package dev.millrace.monitor.trace;

import static dev.millrace.monitor.MonitorFixture.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.Topic;
import dev.millrace.contracts.avro.Chunk;
import dev.millrace.contracts.avro.ChunkOutcome;
import dev.millrace.contracts.avro.ChunkedDocument;
import dev.millrace.contracts.avro.Document;
import dev.millrace.contracts.avro.GroupOutcome;
import dev.millrace.contracts.avro.IndexOutcome;
import dev.millrace.contracts.avro.Indexed;
import dev.millrace.contracts.avro.Purpose;
import dev.millrace.contracts.avro.RolloutTask;
import dev.millrace.contracts.avro.SampleGroup;
import dev.millrace.contracts.avro.Sampling;
import dev.millrace.contracts.avro.ScoredGroup;
import dev.millrace.contracts.avro.StepKind;
import dev.millrace.contracts.avro.TaskOutcome;
import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.devstack.ServerKind;
import dev.millrace.monitor.MonitorFixture;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@WithServers({ServerKind.KAFKA, ServerKind.REGISTRY})
class TracerTest {

  private final MonitorFixture fixture;
  private final Tracer tracer;
  private final long now = System.currentTimeMillis();

  TracerTest(Servers servers) {
    fixture = MonitorFixture.provisioned(servers.endpoints(), servers.uniquePrefix());
    tracer = Tracer.open(fixture.context);
  }

  @AfterEach
  void close() {
    tracer.close();
    fixture.close();
  }

  private <V> long write(Topic<V> topic, String key, V value) {
    return fixture
        .write(
            topic.name(),
            bytes(key),
            new AvroSerde<>(fixture.context.registry(), topic).write(value))
        .offset();
  }

  private long document(String id) {
    return write(
        fixture.context.topics().documents(),
        id,
        new Document(
            id,
            ByteBuffer.wrap(bytes("text")),
            "text/plain",
            null,
            "Title",
            null,
            Map.of(),
            List.of(),
            now - 5_000));
  }

  @Test
  void document_is_followed_through_every_stage_with_the_time_of_each() {
    for (int i = 0; i < 300; i++) {
      document("other-" + i);
    }
    long revision = document("doc/1");
    var topics = fixture.context.topics();
    write(
        topics.chunks(),
        "doc/1",
        ChunkedDocument.newBuilder()
            .setDocumentId("doc/1")
            .setRevision(revision)
            .setOutcome(ChunkOutcome.CHUNKED)
            .setText("text of it")
            .setChunks(
                List.of(
                    new Chunk(0, 4, List.of("Head"), 0, 10, 1, "a"),
                    new Chunk(5, 999, List.of(), 0, 10, 2, "b")))
            .setSentAt(now - 5_000)
            .setProcessedAt(now - 4_000)
            .build());
    write(
        topics.indexed(),
        "doc/1",
        Indexed.newBuilder()
            .setDocumentId("doc/1")
            .setRevision(revision)
            .setOutcome(IndexOutcome.INDEXED)
            .setChunks(1)
            .setSentAt(now - 5_000)
            .setProcessedAt(now - 4_000)
            .setIndexedAt(now - 1_500)
            .build());

    Trace trace = tracer.document("doc/1");

    assertThat(trace.complete()).isTrue();
    assertThat(trace.events())
        .extracting(Trace.Event::stage)
        .containsExactlyInAnyOrder("ingest", "preprocess", "embed");
    Trace.Event embed =
        trace.events().stream().filter(e -> e.stage().equals("embed")).findFirst().orElseThrow();
    assertThat(embed.since()).isCloseTo(2.5, within(1e-9));
    assertThat(embed.sentence()).startsWith("searchable: 1 chunks");
    assertThat(embed.detail()).containsEntry("revision", String.valueOf(revision));
    assertThat(tracer.document("nobody").isEmpty()).isTrue();
    var chunks = tracer.chunks("doc/1").orElseThrow();
    assertThat(chunks.revision()).isEqualTo(revision);
    assertThat(chunks.pieces())
        .containsExactly(
            new DocumentChunks.Piece(0, 4, 1, List.of("Head"), "text"),
            new DocumentChunks.Piece(5, 999, 2, List.of(), "of it"));
    assertThat(tracer.chunks("nobody")).isEmpty();
  }

  @Test
  void bytes_that_are_no_document_are_followed_to_their_dead_letter() {
    fixture.letter(
        fixture.context.topics().documents().name(), "bad", "nonsense", "not-wire-format");

    assertThat(tracer.document("bad").events())
        .extracting(Trace.Event::sentence)
        .containsExactly(
            "received bytes that are no document", "became a dead letter: not-wire-format");
  }

  @Test
  void task_is_followed_from_its_issue_to_the_step_that_it_taught() {
    var topics = fixture.context.topics();
    String id = "run/00000001/0003";
    RolloutTask task =
        RolloutTask.newBuilder()
            .setTaskId(id)
            .setRun("run")
            .setStep(1)
            .setPurpose(Purpose.TRAIN)
            .setPolicy("policy")
            .setVersion(1)
            .setPromptId("p")
            .setMessages(List.of())
            .setRewardProfile("numeric")
            .setGroupSize(4)
            .setSampling(Sampling.newBuilder().setMaxTokens(9).setSeed(1).build())
            .setIssuedAt(now - 9_000)
            .setDeadlineAt(now)
            .build();
    SampleGroup group =
        SampleGroup.newBuilder()
            .setTask(task)
            .setWorker("w")
            .setPromptTokens(List.of())
            .setSamples(List.of())
            .setFailure("too-long")
            .setStartedAt(now - 7_000)
            .setFinishedAt(now - 6_000)
            .build();
    write(topics.rolloutTasks(), id, task);
    write(topics.samples(), id, group);
    write(
        topics.scoredSamples(),
        id,
        ScoredGroup.newBuilder()
            .setGroup(group)
            .setWorker("r")
            .setScores(List.of())
            .setScoredAt(now - 5_500)
            .build());
    write(
        topics.trainingLedger(),
        "run/2",
        TrainingStep.newBuilder()
            .setRun("run")
            .setStep(2)
            .setKind(StepKind.UPDATE)
            .setVersionBefore(1)
            .setVersionAfter(2)
            .setWeightsSha256("")
            .setGroups(
                List.of(
                    GroupOutcome.newBuilder()
                        .setTaskId(id)
                        .setOutcome(TaskOutcome.FAILED)
                        .setReason("too-long")
                        .build()))
            .setStartedAt(now - 5_000)
            .setFinishedAt(now - 4_000)
            .build());

    Trace trace = tracer.task(id);

    assertThat(trace.events())
        .extracting(Trace.Event::sentence)
        .containsExactly(
            "issued by step 1 of run run: 4 samples wanted",
            "could not be sampled: too-long",
            "scored, 0.000 on average",
            "failed in step 2: too-long");
    assertThat(trace.events().get(1).since()).isCloseTo(3, within(1e-9));
    assertThat(trace.complete()).isTrue();
  }
}
