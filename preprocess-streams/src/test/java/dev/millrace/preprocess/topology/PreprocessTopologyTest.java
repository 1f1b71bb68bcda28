package dev.millrace.preprocess.topology;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.Topics;
import dev.millrace.contracts.avro.ChunkOutcome;
import dev.millrace.contracts.avro.ChunkedDocument;
import dev.millrace.contracts.avro.Document;
import dev.millrace.models.embedding.WordTokens;
import dev.millrace.preprocess.LocalRegistry;
import dev.millrace.preprocess.chunk.ChunkSettings;
import dev.millrace.preprocess.chunk.Chunker;
import dev.millrace.preprocess.clean.CleanSettings;
import dev.millrace.preprocess.clean.Cleaner;
import dev.millrace.preprocess.document.ParsedDocument;
import dev.millrace.preprocess.document.Reason;
import dev.millrace.preprocess.document.RejectedException;
import dev.millrace.preprocess.parse.ContainedParser;
import dev.millrace.preprocess.parse.DocumentParser;
import dev.millrace.preprocess.parse.ParseLimits;
import dev.millrace.preprocess.parse.RawDocument;
import dev.millrace.runtime.DeadLetter;
import dev.millrace.runtime.KafkaSettings;
import dev.millrace.runtime.tracing.Tracing;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.errors.TaskCorruptedException;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PreprocessTopologyTest {

  private static final Topics TOPICS = new Topics("t.");
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
  private static final int MAX_RECORD = 20_000;

  /** Fails on one word, as a bug would; everything else it hands on. */
  private record Faulty(DocumentParser inner) implements DocumentParser {
    @Override
    public ParsedDocument parse(RawDocument document) {
      if (new String(document.bytes(), UTF_8).contains("POISON")) {
        throw new IllegalStateException("a bug");
      }
      return inner.parse(document);
    }

    @Override
    public void close() {
      inner.close();
    }
  }

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final RegistryPatience patience = new RegistryPatience(Duration.ofMillis(50));
  private final InMemorySpanExporter spans = InMemorySpanExporter.create();
  private LocalRegistry registry;
  private DocumentParser parser;
  private PreprocessParts parts;
  private TopologyTestDriver driver;
  private TestInputTopic<byte[], byte[]> documents;
  private TestOutputTopic<byte[], byte[]> chunks;
  private TestOutputTopic<byte[], byte[]> deadLetters;
  private AvroSerde<Document> documentSerde;
  private AvroSerde<ChunkedDocument> chunkSerde;

  @BeforeEach
  void start() throws Exception {
    registry = new LocalRegistry();
    documentSerde = new AvroSerde<>(registry.client(), TOPICS.documents());
    chunkSerde = new AvroSerde<>(registry.client(), TOPICS.chunks());
    parser = new Faulty(new ContainedParser(ParseLimits.DEFAULT, 1, 128));
    var metrics = new PreprocessMetrics(meters);
    var pipeline =
        new DocumentPipeline(
            parser,
            new Cleaner(CleanSettings.DEFAULT),
            new Chunker(ChunkSettings.DEFAULT, new WordTokens()),
            metrics,
            Clock.fixed(NOW, ZoneOffset.UTC));
    parts = new PreprocessParts(pipeline, patience, metrics, Tracing.into(spans), MAX_RECORD);
    var settings =
        new StreamSettings(
            1, Duration.ofMillis(100), Duration.ofSeconds(60), Duration.ofSeconds(30), "/tmp/none");
    driver =
        new TopologyTestDriver(
            PreprocessTopology.build(TOPICS, registry.client(), parts),
            settings.properties(
                new KafkaSettings("unused:9092", Map.of()), TOPICS, "test", parts.faults()));
    var write = new ByteArraySerializer();
    var read = new ByteArrayDeserializer();
    documents = driver.createInputTopic(TOPICS.documents().name(), write, write);
    chunks = driver.createOutputTopic(TOPICS.chunks().name(), read, read);
    deadLetters = driver.createOutputTopic(TOPICS.deadLetters().name(), read, read);
  }

  @AfterEach
  void stop() {
    driver.close();
    parser.close();
    registry.close();
  }

  private static Document document(String id, String text) {
    return Document.newBuilder()
        .setId(id)
        .setContent(ByteBuffer.wrap(text.getBytes(UTF_8)))
        .setTitle("A title")
        .setUri("http://example.org/" + id)
        .setMetadata(Map.of("colour", "blue"))
        .setAcl(List.of("staff"))
        .setSentAt(NOW.minusMillis(250).toEpochMilli())
        .build();
  }

  private void send(String id, String text) {
    documents.pipeInput(id.getBytes(UTF_8), documentSerde.write(document(id, text)));
  }

  private ChunkedDocument next() {
    TestRecord<byte[], byte[]> record = chunks.readRecord();
    ChunkedDocument value = chunkSerde.read(record.value());
    assertThat(new String(record.key(), UTF_8)).isEqualTo(value.getDocumentId());
    return value;
  }

  private void assertDeadLetter(Reason reason, byte[] original) {
    TestRecord<byte[], byte[]> letter = deadLetters.readRecord();
    assertThat(letter.value()).isEqualTo(original);
    assertThat(DeadLetter.header(letter.headers(), DeadLetter.REASON)).isEqualTo(reason.code());
    assertThat(DeadLetter.header(letter.headers(), DeadLetter.STAGE)).isEqualTo("preprocess");
    assertThat(DeadLetter.header(letter.headers(), DeadLetter.ORIGIN)).isEqualTo("t.documents");
    assertThat(DeadLetter.header(letter.headers(), DeadLetter.ERROR)).isNotBlank();
  }

  @Test
  void a_document_becomes_its_chunks() {
    send("a", "The mill turns. The stream runs.");

    ChunkedDocument chunked = next();
    assertThat(chunked.getOutcome()).isEqualTo(ChunkOutcome.CHUNKED);
    assertThat(chunked.getText()).isEqualTo("The mill turns. The stream runs.");
    assertThat(chunked.getChunks()).hasSize(1);
    var chunk = chunked.getChunks().getFirst();
    assertThat(chunked.getText().substring(chunk.getStart(), chunk.getEnd()))
        .isEqualTo(chunked.getText());
    assertThat(chunked.getTitle()).isEqualTo("A title");
    assertThat(chunked.getUri()).isEqualTo("http://example.org/a");
    assertThat(chunked.getMetadata()).containsEntry("colour", "blue");
    assertThat(chunked.getAcl()).containsExactly("staff");
    assertThat(chunked.getProcessedAt() - chunked.getSentAt()).isEqualTo(250);
    assertThat(deadLetters.isEmpty()).isTrue();
  }

  @Test
  void trace_of_a_document_goes_on_in_its_chunks_and_its_dead_letter() {
    String trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    var headers = new RecordHeaders();
    headers.add("traceparent", ("00-" + trace + "-00f067aa0ba902b7-01").getBytes(UTF_8));
    headers.add("tenant", "blue".getBytes(UTF_8));
    byte[] value = documentSerde.write(document("a", "The mill turns. The stream runs."));
    documents.pipeInput(new TestRecord<>("a".getBytes(UTF_8), value, headers));
    documents.pipeInput(new TestRecord<>("b".getBytes(UTF_8), new byte[] {1, 2, 3}, headers));

    assertThat(spans.getFinishedSpanItems())
        .extracting(SpanData::getName, SpanData::getTraceId, SpanData::getParentSpanId)
        .containsOnly(tuple("process t.documents", trace, "00f067aa0ba902b7"));
    List<String> own =
        spans.getFinishedSpanItems().stream()
            .map(span -> "00-" + trace + "-" + span.getSpanId() + "-01")
            .toList();
    assertThat(own).hasSize(2);
    for (String carried : own) {
      var chunked = chunks.readRecord().headers();
      assertThat(chunked).extracting(Header::key).containsExactly("traceparent");
      assertThat(DeadLetter.header(chunked, "traceparent")).isEqualTo(carried);
    }
    var letter = deadLetters.readRecord().headers();
    assertThat(DeadLetter.header(letter, "traceparent")).contains(trace);
    assertThat(DeadLetter.header(letter, "tenant")).isEqualTo("blue");
  }

  @Test
  void the_revision_is_the_offset_of_the_source_record() {
    send("a", "first");
    send("b", "second");
    send("a", "third");

    assertThat(List.of(next().getRevision(), next().getRevision(), next().getRevision()))
        .containsExactly(0L, 1L, 2L);
  }

  @Test
  void a_null_value_is_a_deletion() {
    documents.pipeInput("a".getBytes(UTF_8), (byte[]) null);

    ChunkedDocument deleted = next();
    assertThat(deleted.getOutcome()).isEqualTo(ChunkOutcome.DELETED);
    assertThat(deleted.getChunks()).isEmpty();
    assertThat(deadLetters.isEmpty()).isTrue();
  }

  @Test
  void a_record_that_is_not_in_wire_format_is_rejected_and_kept() {
    byte[] bytes = "{\"id\": 1}".getBytes(UTF_8);
    documents.pipeInput("a".getBytes(UTF_8), bytes);
    send("b", "goes on");

    ChunkedDocument rejected = next();
    assertThat(rejected.getOutcome()).isEqualTo(ChunkOutcome.REJECTED);
    assertThat(rejected.getReason()).isEqualTo("not-wire-format");
    assertDeadLetter(Reason.NOT_WIRE_FORMAT, bytes);
    assertThat(next().getOutcome()).isEqualTo(ChunkOutcome.CHUNKED);
  }

  @Test
  void a_record_of_an_unknown_schema_is_rejected_and_kept() {
    byte[] bytes = {0, 0, 0, 3, 9, 1, 2, 3};
    documents.pipeInput("a".getBytes(UTF_8), bytes);

    assertThat(next().getReason()).isEqualTo("unknown-schema");
    assertDeadLetter(Reason.UNKNOWN_SCHEMA, bytes);
  }

  @Test
  void a_record_that_breaks_its_schema_is_rejected_and_kept() {
    byte[] bytes = documentSerde.write(document("a", "text"));
    byte[] broken = java.util.Arrays.copyOf(bytes, bytes.length - 3);
    documents.pipeInput("a".getBytes(UTF_8), broken);

    assertThat(next().getReason()).isEqualTo("unreadable-record");
    assertDeadLetter(Reason.UNREADABLE_RECORD, broken);
  }

  @Test
  void a_record_without_a_key_is_a_dead_letter_only() {
    byte[] bytes = documentSerde.write(document("a", "text"));
    documents.pipeInput(null, bytes);
    documents.pipeInput(new byte[] {(byte) 0xFF}, bytes);

    assertDeadLetter(Reason.BAD_KEY, bytes);
    assertDeadLetter(Reason.BAD_KEY, bytes);
    assertThat(chunks.isEmpty()).isTrue();
  }

  @Test
  void a_document_on_which_our_code_fails_is_rejected_and_kept() {
    byte[] bytes = documentSerde.write(document("a", "POISON"));
    documents.pipeInput("a".getBytes(UTF_8), bytes);
    send("b", "goes on");

    assertThat(next().getReason()).isEqualTo("processor-failed");
    assertDeadLetter(Reason.PROCESSOR_FAILED, bytes);
    assertThat(next().getOutcome()).isEqualTo(ChunkOutcome.CHUNKED);
  }

  @Test
  void a_document_without_text_is_rejected_but_not_kept() {
    send("a", " \n ");

    assertThat(next().getReason()).isEqualTo("no-text");
    assertThat(deadLetters.isEmpty()).isTrue();
  }

  @Test
  void a_result_that_does_not_fit_into_a_record_is_rejected() {
    send(
        "a",
        IntStream.range(0, 4_000)
            .mapToObj(i -> "word" + i * 7_919 % 10_007)
            .collect(Collectors.joining(" ")));

    ChunkedDocument rejected = next();
    assertThat(rejected.getOutcome()).isEqualTo(ChunkOutcome.REJECTED);
    assertThat(rejected.getReason()).isEqualTo("too-large");
    assertThat(rejected.getDetail()).contains("20,000");
    TestRecord<byte[], byte[]> letter = deadLetters.readRecord();
    assertThat(letter.value()).as("bytes that do not fit either").isNull();
  }

  @Test
  void what_the_broker_refused_is_rejected_at_the_next_try() {
    parts
        .faults()
        .add("t.documents", 0, 0, new RejectedException(Reason.TOO_LARGE, "refused by the broker"));
    send("a", "a text");

    assertThat(next().getDetail()).isEqualTo("refused by the broker");
    assertThat(deadLetters.readRecord().value()).isNull();
  }

  @Test
  void a_registry_that_is_away_loses_nothing() {
    byte[] bytes = documentSerde.write(document("a", "a text"));
    registry.setAway(true);

    assertThatThrownBy(() -> documents.pipeInput("a".getBytes(UTF_8), bytes))
        .as("rolled back, to be tried again")
        .isInstanceOf(TaskCorruptedException.class);
    assertThat(patience.trouble()).isPresent();
    assertThat(chunks.isEmpty()).isTrue();
    assertThat(deadLetters.isEmpty()).isTrue();

    registry.setAway(false);
    documents.pipeInput("a".getBytes(UTF_8), bytes);
    assertThat(next().getOutcome()).isEqualTo(ChunkOutcome.CHUNKED);
    assertThat(patience.trouble()).isEmpty();
  }

  @Test
  void metrics_tell_outcomes_and_reasons() {
    send("a", "a text");
    send("b", "");

    assertThat(
            meters
                .counter("millrace_preprocess_documents", "outcome", "chunked", "reason", "none")
                .count())
        .isEqualTo(1);
    assertThat(
            meters
                .counter("millrace_preprocess_documents", "outcome", "rejected", "reason", "empty")
                .count())
        .isEqualTo(1);
    assertThat(meters.timer("millrace_preprocess_age").count()).isEqualTo(2);
  }
}
