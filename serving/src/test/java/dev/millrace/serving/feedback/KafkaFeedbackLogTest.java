package dev.millrace.serving.feedback;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.Provisioner;
import dev.millrace.contracts.avro.Feedback;
import dev.millrace.contracts.avro.Message;
import dev.millrace.devstack.ServerKind;
import dev.millrace.runtime.Settings;
import dev.millrace.runtime.StageContext;
import dev.millrace.serving.Refusal;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.Test;

@WithServers({ServerKind.KAFKA, ServerKind.REGISTRY})
class KafkaFeedbackLogTest {

  @Test
  void what_was_said_can_be_read_back_by_conversation(Servers servers) throws Exception {
    StageContext context =
        StageContext.of(
            Settings.of(
                Map.of(
                    "millrace.kafka.bootstrap", servers.endpoints().kafkaBootstrap(),
                    "millrace.registry.urls", servers.endpoints().registry().toString(),
                    "millrace.topics.prefix", servers.uniquePrefix())),
            new SimpleMeterRegistry());
    try (Admin admin = Admin.create(context.kafka().admin("test"))) {
      new Provisioner(admin, context.registry(), Duration.ofSeconds(30))
          .provision(List.of(context.topics().feedback()));
    }
    Feedback given =
        new Feedback(
            "c1",
            "m1",
            "policy",
            12L,
            List.of(new Message("user", "37+45=")),
            "82",
            null,
            "so it is",
            1_700_000_000_000L);
    KafkaFeedbackLog log = new KafkaFeedbackLog(context);
    log.append(given);
    var serde = new AvroSerde<>(context.registry(), context.topics().feedback());
    try (var consumer =
        new KafkaConsumer<>(
            context.kafka().reader("test"), new StringDeserializer(), serde.deserializer())) {
      TopicPartition partition = new TopicPartition(context.topics().feedback().name(), 0);
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      ConsumerRecord<String, Feedback> record =
          consumer.poll(Duration.ofSeconds(20)).iterator().next();
      assertThat(record.key()).isEqualTo("c1");
      assertThat(record.value()).isEqualTo(given);
    }
    log.close();
    assertThatThrownBy(() -> log.append(given)).isInstanceOf(Refusal.class);
  }
}
