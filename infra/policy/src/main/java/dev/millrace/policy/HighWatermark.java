package dev.millrace.policy;

import dev.millrace.runtime.StageContext;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** The end of a partition, records of open transactions included. */
final class HighWatermark {

  private HighWatermark() {}

  static long of(StageContext context, TopicPartition partition, Deadline deadline) {
    Map<String, Object> map = context.kafka().reader("policy-watermark");
    map.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_uncommitted");
    try (var consumer =
        new KafkaConsumer<>(map, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      return consumer.endOffsets(List.of(partition), deadline.left()).get(partition);
    }
  }
}
