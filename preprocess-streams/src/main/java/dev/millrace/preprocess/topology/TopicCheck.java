package dev.millrace.preprocess.topology;

import dev.millrace.contracts.Topic;
import dev.millrace.contracts.Topics;
import dev.millrace.runtime.KafkaSettings;
import dev.millrace.runtime.RetriableException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Looks at the topics before the stream starts: whether they exist, and what fits into a record.
 */
final class TopicCheck {

  private static final Duration DEADLINE = Duration.ofSeconds(15);

  /** What a record takes beside its value: key, headers, the batch around it. */
  private static final int ENVELOPE = 16 << 10;

  private final KafkaSettings kafka;
  private final Topics topics;

  TopicCheck(KafkaSettings kafka, Topics topics) {
    this.kafka = kafka;
    this.topics = topics;
  }

  /**
   * The largest value, in bytes, that both target topics take.
   *
   * @throws RetriableException when a topic does not exist yet, or Kafka does not answer
   */
  int largestValue() {
    try (Admin admin = Admin.create(kafka.admin("preprocess-check"))) {
      await(
          admin
              .describeTopics(
                  List.of(
                      topics.documents().name(),
                      topics.chunks().name(),
                      topics.deadLetters().name()))
              .allTopicNames());
      long limit =
          Math.min(limit(admin, topics.chunks()), limit(admin, topics.deadLetters())) - ENVELOPE;
      return (int) Math.max(1024, Math.min(Integer.MAX_VALUE, limit));
    } catch (KafkaException e) {
      throw new RetriableException("Kafka at " + kafka.bootstrap() + ": " + e.getMessage(), e);
    }
  }

  private static long limit(Admin admin, Topic<?> topic) {
    var resource = new ConfigResource(ConfigResource.Type.TOPIC, topic.name());
    var config = await(admin.describeConfigs(List.of(resource)).values().get(resource));
    return Long.parseLong(config.get(TopicConfig.MAX_MESSAGE_BYTES_CONFIG).value());
  }

  private static <T> T await(KafkaFuture<T> future) {
    try {
      return future.get(DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException missing) {
        throw new RetriableException(
            "a topic does not exist yet: " + missing.getMessage(), missing);
      }
      throw new RetriableException(String.valueOf(e.getCause().getMessage()), e.getCause());
    } catch (TimeoutException e) {
      throw new RetriableException("no answer within " + DEADLINE.toSeconds() + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RetriableException("interrupted", e);
    }
  }
}
