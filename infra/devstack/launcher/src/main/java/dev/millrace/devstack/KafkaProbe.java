package dev.millrace.devstack;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.common.KafkaException;

/** Asks a Kafka cluster to describe itself; ready when it names at least one broker. */
final class KafkaProbe implements ReadyProbe {
  private static final int TIMEOUT_MS = 3_000;

  private final KafkaEndpoint endpoint;
  private Admin admin;

  KafkaProbe(KafkaEndpoint endpoint) {
    this.endpoint = endpoint;
  }

  @Override
  public Optional<String> whyNotReady() throws InterruptedException {
    try {
      DescribeClusterOptions options = new DescribeClusterOptions().timeoutMs(TIMEOUT_MS);
      int brokers =
          admin().describeCluster(options).nodes().get(TIMEOUT_MS, TimeUnit.MILLISECONDS).size();
      return brokers > 0
          ? Optional.empty()
          : Optional.of("Kafka at " + endpoint.bootstrap() + " has no broker yet");
    } catch (ExecutionException | TimeoutException | KafkaException e) {
      return Optional.of(
          "Kafka at " + endpoint.bootstrap() + " does not answer (" + Failures.reason(e) + ")");
    }
  }

  private Admin admin() {
    if (admin == null) {
      Map<String, Object> properties = endpoint.clientProperties();
      properties.put("client.id", "millrace-probe");
      properties.put("reconnect.backoff.max.ms", "100");
      properties.put("default.api.timeout.ms", TIMEOUT_MS);
      properties.put("request.timeout.ms", TIMEOUT_MS);
      admin = Admin.create(properties);
    }
    return admin;
  }

  @Override
  public void close() {
    if (admin != null) {
      admin.close(java.time.Duration.ZERO);
    }
  }
}
