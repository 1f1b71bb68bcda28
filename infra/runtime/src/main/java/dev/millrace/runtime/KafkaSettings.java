package dev.millrace.runtime;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;

/**
 * Where Kafka is and how every client of ours speaks to it.
 *
 * @param bootstrap host:port, comma-separated
 * @param security TLS and SASL settings, handed to the clients as they are; also whatever else the
 *     operator set under {@code millrace.kafka.client.}
 */
public record KafkaSettings(String bootstrap, Map<String, String> security) {

  private static final int RECORD_LIMIT = 32 << 20;

  public KafkaSettings {
    if (bootstrap.isBlank()) {
      throw new SettingsException("millrace.kafka.bootstrap is empty: give host:port");
    }
    security = Map.copyOf(security);
  }

  public static KafkaSettings from(Settings settings) {
    return new KafkaSettings(
        settings.text("millrace.kafka.bootstrap"), settings.below("millrace.kafka.client."));
  }

  /** What all clients share; a fresh map that the caller may add to. */
  public Map<String, Object> client(String clientId) {
    Map<String, Object> map = new HashMap<>();
    map.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
    map.put(CommonClientConfigs.CLIENT_ID_CONFIG, clientId);
    // A broker that restarts should be found again at once, not after the default's growing waits.
    map.put(CommonClientConfigs.RECONNECT_BACKOFF_MAX_MS_CONFIG, 1000);
    map.putAll(security);
    return map;
  }

  public Map<String, Object> admin(String clientId) {
    Map<String, Object> map = client(clientId);
    map.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, 30_000);
    return map;
  }

  /** An idempotent producer that waits for every replica. */
  public Map<String, Object> producer(String clientId) {
    Map<String, Object> map = client(clientId);
    map.put(ProducerConfig.ACKS_CONFIG, "all");
    map.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    map.put(ProducerConfig.LINGER_MS_CONFIG, 5);
    map.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
    map.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, RECORD_LIMIT);
    map.put(ProducerConfig.BUFFER_MEMORY_CONFIG, 2L * RECORD_LIMIT);
    return map;
  }

  /** A consumer that reads committed records from the beginning and commits by itself only. */
  public Map<String, Object> consumer(String clientId, String group) {
    Map<String, Object> map = reader(clientId);
    map.put(ConsumerConfig.GROUP_ID_CONFIG, group);
    return map;
  }

  /** A consumer without a group, for assigned partitions. */
  public Map<String, Object> reader(String clientId) {
    Map<String, Object> map = client(clientId);
    map.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    map.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    map.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    return map;
  }
}
