package dev.millrace.devstack;

import java.util.HashMap;
import java.util.Map;

/**
 * A Kafka cluster and how to talk to it.
 *
 * @param bootstrap {@code host:port[,host:port...]}
 * @param properties further client properties, such as {@code security.protocol}, {@code
 *     sasl.jaas.config} or {@code ssl.truststore.location}; handed to every client as they are
 */
public record KafkaEndpoint(String bootstrap, Map<String, String> properties) {

  public KafkaEndpoint {
    if (bootstrap == null || bootstrap.isBlank()) {
      throw new IllegalArgumentException("Kafka bootstrap servers are empty; give host:port");
    }
    for (String server : bootstrap.split(",")) {
      if (!server.strip().matches(".+:\\d{1,5}")) {
        throw new IllegalArgumentException(
            "not a Kafka bootstrap server: '" + server.strip() + "'; give host:port");
      }
    }
    properties = Map.copyOf(properties);
  }

  public KafkaEndpoint(String bootstrap) {
    this(bootstrap, Map.of());
  }

  /** Everything a Kafka client needs to connect, {@code bootstrap.servers} included. */
  public Map<String, Object> clientProperties() {
    Map<String, Object> all = new HashMap<>(properties);
    all.put("bootstrap.servers", bootstrap);
    return all;
  }

  /** Without the values of the properties: there are passwords among them. */
  @Override
  public String toString() {
    return "KafkaEndpoint[" + bootstrap + ", " + properties.keySet() + "]";
  }
}
