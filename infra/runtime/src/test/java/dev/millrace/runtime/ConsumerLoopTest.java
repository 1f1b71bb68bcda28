package dev.millrace.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.contracts.Topic;
import dev.millrace.contracts.Topics;
import dev.millrace.devstack.ServerKind;
import dev.millrace.runtime.tracing.Tracing;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The loop against a real broker. */
@WithServers(ServerKind.KAFKA)
class ConsumerLoopTest {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final KafkaSettings kafka;
  private final Topic<byte[]> topic;
  private final Topic<byte[]> deadLetterTopic;
  private final String group;
  private final InMemorySpanExporter spans = InMemorySpanExporter.create();
  private final List<String> handled = new CopyOnWriteArrayList<>();
  private DeadLetters deadLetters;
  private ConsumerLoop<byte[]> loop;

  ConsumerLoopTest(Servers servers) {
    kafka = new KafkaSettings(servers.endpoints().kafkaBootstrap(), Map.of());
    String prefix = servers.uniquePrefix();
    group = prefix + "group";
    deadLetterTopic = new Topics(prefix).deadLetters();
    topic = new Topics(prefix + "in.").policyWeights();
  }

  @BeforeEach
  void createTopics() throws Exception {
    try (var admin = Admin.create(kafka.admin("test"))) {
      admin
          .createTopics(
              List.of(
                  new NewTopic(topic.name(), 1, (short) 1),
                  new NewTopic(deadLetterTopic.name(), 1, (short) 1)))
          .all()
          .get();
    }
    deadLetters = new DeadLetters(kafka, deadLetterTopic, "test-dead", new SimpleMeterRegistry());
  }

  @AfterEach
  void close() {
    if (loop != null) {
      loop.close();
    }
    deadLetters.close();
  }

  private void start(ConsumerLoop.Handler<byte[]> handler) {
    Map<String, Object> config = new HashMap<>(kafka.consumer("test", group));
    config.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 10);
    config.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, 6000);
    config.put(ConsumerConfig.MAX_POLL_INTERVAL_MS_CONFIG, 6000);
    var context =
        StageContext.of(
                Settings.of(Map.of("millrace.kafka.bootstrap", kafka.bootstrap())),
                new SimpleMeterRegistry())
            .with(Tracing.into(spans));
    loop = new ConsumerLoop<>("test", context, config, topic, bytes -> bytes, handler, deadLetters);
    loop.start();
  }

  private void send(int count) {
    try (var producer =
        new KafkaProducer<>(
            kafka.producer("test"), new ByteArraySerializer(), new ByteArraySerializer())) {
      for (int i = 0; i < count; i++) {
        producer.send(
            new ProducerRecord<>(
                topic.name(), ("k" + i).getBytes(StandardCharsets.UTF_8), new byte[] {(byte) i}));
      }
    }
  }

  private void remember(List<Delivery<byte[]>> batch) {
    batch.forEach(delivery -> handled.add(delivery.key()));
  }

  private static List<String> keys(int count) {
    return IntStream.range(0, count).mapToObj(i -> "k" + i).toList();
  }

  private List<ConsumerRecord<byte[], byte[]>> buried() {
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    try (var consumer =
        new KafkaConsumer<>(
            kafka.reader("test-reader"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      var partition = new TopicPartition(deadLetterTopic.name(), 0);
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end = consumer.endOffsets(List.of(partition)).get(partition);
      while (consumer.position(partition) < end) {
        consumer.poll(Duration.ofMillis(200)).forEach(records::add);
      }
    }
    return records;
  }

  private long committed() throws Exception {
    try (var admin = Admin.create(kafka.admin("test"))) {
      var offsets = admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
      var offset = offsets.get(new TopicPartition(topic.name(), 0));
      return offset == null ? 0 : offset.offset();
    }
  }

  @Test
  void records_are_handled_in_order_and_committed() {
    start(this::remember);
    send(25);

    await().atMost(PATIENCE).until(() -> committed() == 25);
    assertThat(handled).containsExactlyElementsOf(keys(25));
  }

  @Test
  void no_lag_is_left_behind_the_marker_of_a_transaction() {
    start(this::remember);
    Map<String, Object> config = new HashMap<>(kafka.producer("test"));
    config.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, group);
    try (var producer =
        new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
      producer.initTransactions();
      producer.beginTransaction();
      producer.send(new ProducerRecord<>(topic.name(), new byte[] {1}, new byte[] {1}));
      producer.commitTransaction();
    }

    await().atMost(PATIENCE).until(() -> committed() == 2); // the record and its marker
    assertThat(handled).hasSize(1);
  }

  @Test
  void a_poisoned_record_is_buried_with_its_origin_and_the_rest_goes_on() throws Exception {
    start(
        batch -> {
          for (var delivery : batch) {
            if (delivery.value()[0] == 3) {
              throw new PoisonedRecordException("bad-three", "three is bad", null);
            }
          }
          remember(batch);
        });
    send(6);

    await().atMost(PATIENCE).until(() -> committed() == 6);
    assertThat(handled).doesNotContain("k3").contains("k0", "k1", "k2", "k4", "k5");
    var letter = buried();
    assertThat(letter).hasSize(1);
    assertThat(letter.getFirst().value()).containsExactly(3);
    var headers = letter.getFirst().headers();
    assertThat(DeadLetter.header(headers, DeadLetter.REASON)).isEqualTo("bad-three");
    assertThat(DeadLetter.header(headers, DeadLetter.ORIGIN)).isEqualTo(topic.name());
    assertThat(DeadLetter.header(headers, DeadLetter.OFFSET)).isEqualTo("3");
    assertThat(spans.getFinishedSpanItems())
        .as("a span for each record, in a trace of its own where none began before")
        .hasSize(6)
        .extracting(SpanData::getTraceId)
        .doesNotHaveDuplicates();
    assertThat(spans.getFinishedSpanItems())
        .filteredOn(span -> span.getStatus().getDescription().equals("bad-three"))
        .hasSize(1);
  }

  @Test
  void a_handler_that_throws_costs_only_the_record_that_makes_it_throw() {
    start(
        batch -> {
          batch.forEach(delivery -> assertThat(100 / (delivery.value()[0] - 2)).isNotZero());
          remember(batch);
        });
    send(5);

    await().atMost(PATIENCE).until(() -> committed() == 5);
    assertThat(buried()).hasSize(1);
    assertThat(handled).contains("k0", "k1", "k3", "k4").doesNotContain("k2");
  }

  @Test
  void what_is_away_is_waited_for_longer_than_a_poll_interval_and_nothing_is_skipped() {
    var away = new AtomicBoolean(true);
    var tries = new AtomicInteger();
    start(
        batch -> {
          tries.incrementAndGet();
          if (away.get()) {
            throw new RetriableException("the index is away", null);
          }
          remember(batch);
        });
    send(25);

    await().atMost(PATIENCE).until(() -> loop.health() instanceof StageHealth.Degraded);
    assertThat(loop.health().describe()).contains("the index is away");
    // Longer than max.poll.interval.ms: a loop that did not poll would have been thrown out.
    long began = System.nanoTime();
    await()
        .atMost(PATIENCE)
        .until(() -> System.nanoTime() - began > Duration.ofSeconds(8).toNanos());
    away.set(false);

    await().atMost(PATIENCE).until(() -> handled.size() >= 25);
    assertThat(handled).containsExactlyElementsOf(keys(25));
    assertThat(tries.get()).isGreaterThan(3);
    assertThat(loop.health().isReady()).isTrue();
  }

  @Test
  void draining_finishes_the_batch_in_hand() throws Exception {
    start(this::remember);
    send(5);
    await().atMost(PATIENCE).until(() -> handled.size() == 5);

    assertThat(loop.drain(Duration.ofSeconds(10))).isTrue();
    assertThat(committed()).isEqualTo(5);
  }
}
