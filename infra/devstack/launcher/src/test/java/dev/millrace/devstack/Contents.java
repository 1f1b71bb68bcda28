package dev.millrace.devstack;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Puts a little of everything into the three servers, and reads it back. */
final class Contents {
  private final DevStackEndpoints endpoints;
  private final HttpClient http = HttpClient.newHttpClient();

  Contents(DevStackEndpoints endpoints) {
    this.endpoints = endpoints;
  }

  void createTopicWithRecord(String topic, String value)
      throws ExecutionException, InterruptedException {
    Map<String, Object> properties = Map.of("bootstrap.servers", endpoints.kafkaBootstrap());
    try (Admin admin = Admin.create(properties);
        KafkaProducer<String, String> producer =
            new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer())) {
      admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all().get();
      producer.send(new ProducerRecord<>(topic, value)).get();
    }
  }

  String onlyRecord(String topic) {
    Map<String, Object> properties = Map.of("bootstrap.servers", endpoints.kafkaBootstrap());
    TopicPartition partition = new TopicPartition(topic, 0);
    try (KafkaConsumer<String, String> consumer =
        new KafkaConsumer<>(properties, new StringDeserializer(), new StringDeserializer())) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      List<ConsumerRecord<String, String>> records =
          consumer.poll(Duration.ofSeconds(15)).records(partition);
      return records.size() == 1 ? records.getFirst().value() : records.size() + " records";
    }
  }

  /** The id of the schema, which the registry keeps for a schema that it knows. */
  int registerSchema(String subject) throws IOException, InterruptedException {
    String body =
        """
        {"schema": "{\\"type\\":\\"record\\",\\"name\\":\\"R%s\\",\\"fields\\":[]}"}
        """
            .formatted(Math.abs(subject.hashCode()));
    String path = "/subjects/" + subject + "/versions";
    return number("\"id\":(\\d+)", send("POST", endpoints.registry() + path, body));
  }

  void indexDocument(String index) throws IOException, InterruptedException {
    String settings = "{\"settings\":{\"number_of_replicas\":0}}";
    send("PUT", endpoints.openSearch() + "/" + index, settings);
    send("PUT", endpoints.openSearch() + "/" + index + "/_doc/1?refresh=true", "{\"a\":1}");
  }

  int documents(String index) throws IOException, InterruptedException {
    String counted = send("GET", endpoints.openSearch() + "/" + index + "/_count", "");
    return number("\"count\":(\\d+)", counted);
  }

  private String send(String method, String uri, String body)
      throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(uri));
    request.header("Content-Type", "application/json").timeout(Duration.ofSeconds(20));
    HttpResponse<String> response =
        http.send(
            request.method(method, BodyPublishers.ofString(body)).build(), BodyHandlers.ofString());
    if (response.statusCode() / 100 != 2) {
      throw new IOException(uri + " answers " + response.statusCode() + ": " + response.body());
    }
    return response.body();
  }

  private static int number(String pattern, String text) {
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    if (!matcher.find()) {
      throw new AssertionError("no " + pattern + " in " + text);
    }
    return Integer.parseInt(matcher.group(1));
  }
}
