package dev.millrace.ingest;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Asks the cluster who it is. Opens a connection only for the question. */
final class Destinations {

  // The default waits for pending calls as long as they may take.
  private static final Duration CLOSE = Duration.ofSeconds(1);

  private final Map<String, ?> connection;
  private final String topic;
  private final Duration deadline;

  Destinations(Map<String, ?> connection, String topic, Duration deadline) {
    this.connection = Map.copyOf(connection);
    this.topic = topic;
    this.deadline = deadline;
  }

  Destination find() {
    Admin admin = null;
    try {
      admin = Admin.create(properties());
      String cluster = await(admin.describeCluster().clusterId());
      var description = await(admin.describeTopics(List.of(topic)).topicNameValues().get(topic));
      return new Destination(cluster, topic, description.topicId().toString());
    } catch (KafkaException e) {
      throw new IngestException.Refused("cannot connect to Kafka: " + e.getMessage(), e);
    } finally {
      if (admin != null) {
        admin.close(CLOSE);
      }
    }
  }

  private Map<String, Object> properties() {
    var properties = new HashMap<String, Object>(connection);
    int millis = Math.toIntExact(deadline.toMillis());
    properties.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, millis);
    properties.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, millis);
    return properties;
  }

  private <T> T await(KafkaFuture<T> future) {
    try {
      return future.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        throw new IngestException.Refused(
            "topic %s does not exist: start the application once, it creates its topics"
                .formatted(topic),
            e);
      }
      if (e.getCause() instanceof org.apache.kafka.common.errors.TimeoutException) {
        throw away(e);
      }
      throw new IngestException.Refused("Kafka: " + e.getCause().getMessage(), e);
    } catch (TimeoutException e) {
      throw away(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IngestException.Unavailable("interrupted while asking Kafka", e);
    }
  }

  private IngestException away(Exception cause) {
    return new IngestException.Unavailable(
        "Kafka does not answer at %s within %d s"
            .formatted(connection.get("bootstrap.servers"), deadline.toSeconds()),
        cause);
  }
}
