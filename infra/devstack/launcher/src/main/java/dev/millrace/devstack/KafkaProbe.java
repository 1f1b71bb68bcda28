package dev.millrace.devstack;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
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
    if (!anyServerAcceptsConnections()) {
      // The client would write a warning per attempt; while a server starts that is only noise.
      return Optional.of("nothing listens at " + endpoint.bootstrap());
    }
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

  private boolean anyServerAcceptsConnections() {
    for (String server : endpoint.bootstrap().split(",")) {
      int colon = server.lastIndexOf(':');
      String host = server.substring(0, colon).strip();
      int port = Integer.parseInt(server.substring(colon + 1).strip());
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress(host, port), TIMEOUT_MS);
        return true;
      } catch (IOException e) {
        continue; // The next one may accept.
      }
    }
    return false;
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
      admin.close(Duration.ZERO);
    }
  }
}
