package dev.millrace.monitor.audit;

import dev.millrace.runtime.KafkaSettings;
import dev.millrace.runtime.RetriableException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;

/**
 * Since when a topic that keeps its records for some days has all of them: reports from before are
 * missing because of their age, not because somebody failed to write them.
 */
final class Horizon {

  private static final Duration DEADLINE = Duration.ofSeconds(30);

  private final Map<Integer, Long> oldest = new HashMap<>();

  /** Takes every record of the topic, in the order of each partition. */
  void see(ConsumerRecord<?, ?> record) {
    oldest.putIfAbsent(record.partition(), record.timestamp());
  }

  /**
   * Milliseconds since the epoch; a record written later is still there.
   *
   * @param topic as it was read
   */
  long since(TopicScan.Reading topic, String name, KafkaSettings kafka) {
    long since = Long.MIN_VALUE;
    for (int partition = 0; partition < topic.partitions(); partition++) {
      if (topic.begin(partition) > 0) {
        Long first = oldest.get(partition);
        since =
            Math.max(since, first != null ? first : System.currentTimeMillis() - kept(name, kafka));
      }
    }
    return since;
  }

  private static long kept(String topic, KafkaSettings kafka) {
    var resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    try (var admin = Admin.create(kafka.admin("millrace-audit-admin"))) {
      var config =
          admin
              .describeConfigs(List.of(resource))
              .values()
              .get(resource)
              .get(DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
      long kept = Long.parseLong(config.get(TopicConfig.RETENTION_MS_CONFIG).value());
      return kept < 0 ? Long.MAX_VALUE / 2 : kept;
    } catch (ExecutionException | TimeoutException | KafkaException e) {
      throw new RetriableException("Kafka does not tell how long it keeps topic " + topic, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RetriableException("interrupted", e);
    }
  }
}
