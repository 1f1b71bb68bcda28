package dev.millrace.app.prompts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.Provisioner;
import dev.millrace.contracts.avro.Prompt;
import dev.millrace.devstack.ServerKind;
import dev.millrace.ingest.ProducerSettings;
import dev.millrace.ingest.PromptProducer;
import dev.millrace.runtime.Settings;
import dev.millrace.runtime.StageContext;
import dev.millrace.serving.Refusal;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What comes in over HTTP is in the log, or nothing of it is. */
@WithServers({ServerKind.KAFKA, ServerKind.REGISTRY})
class PromptApiTest {

  private static final Duration DEADLINE = Duration.ofSeconds(20);

  private final StageContext context;
  private PromptProducer producer;
  private PromptApi api;

  PromptApiTest(Servers servers) {
    context =
        StageContext.of(
            Settings.of(
                Map.of(
                    "millrace.kafka.bootstrap", servers.endpoints().kafkaBootstrap(),
                    "millrace.registry.urls", servers.endpoints().registry().toString(),
                    "millrace.topics.prefix", servers.uniquePrefix(),
                    "millrace.topics.partitions", "1")),
            new SimpleMeterRegistry());
  }

  @BeforeEach
  void start() {
    try (var admin = Admin.create(context.kafka().admin("test"))) {
      new Provisioner(admin, context.registry(), DEADLINE)
          .provision(List.of(context.topics().prompts()));
    }
    producer =
        new PromptProducer(
            context.kafka().client("test"), context.registry(), context.topics().prompts());
    api = new PromptApi(producer, DEADLINE);
  }

  @AfterEach
  void stop() {
    producer.close();
    try (var admin = Admin.create(context.kafka().admin("test"))) {
      admin.deleteTopics(List.of(context.topics().prompts().name()));
    }
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private List<Prompt> inTheLog() {
    var serde = new AvroSerde<>(context.registry(), context.topics().prompts());
    var partition = new TopicPartition(context.topics().prompts().name(), 0);
    List<Prompt> prompts = new ArrayList<>();
    try (var consumer =
        new KafkaConsumer<>(
            context.kafka().reader("test"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      consumer.assign(List.of(partition));
      long end = consumer.endOffsets(List.of(partition)).get(partition);
      while (consumer.position(partition) < end) {
        consumer
            .poll(Duration.ofSeconds(1))
            .forEach(record -> prompts.add(serde.read(record.value())));
      }
    }
    return prompts;
  }

  @Test
  void one_prompt_is_in_the_log_when_it_is_answered() {
    JsonNode answer =
        api.json(
            utf8(
                """
                {"id": "p1", "text": "37+45=", "answer": 82, "reward_profile": "exact",
                 "tags": ["add"], "held_out": true}
                """));

    assertThat(answer)
        .hasToString(
            "{\"id\":\"p1\",\"object\":\"prompt\",\"held_out\":true,\"partition\":0,\"offset\":0}");
    Prompt prompt = inTheLog().getFirst();
    assertThat(prompt.getId()).isEqualTo("p1");
    assertThat(prompt.getMessages().getFirst().getContent()).isEqualTo("37+45=");
    assertThat(prompt.getAnswer()).isEqualTo("82");
    assertThat(prompt.getRewardProfile()).isEqualTo("exact");
    assertThat(prompt.getTags()).containsExactly("add");
    assertThat(prompt.getHeldOut()).isTrue();
  }

  @Test
  void an_array_and_lines_mean_the_same() {
    String one = "{\"id\":\"ä\",\"text\":\"1+1=\",\"answer\":\"2\",\"reward_profile\":\"exact\"}";
    String two = "{\"text\":\"[{\\\"\",\"answer\":\"]}\",\"reward_profile\":\"exact\"}";

    JsonNode array = api.json(utf8(" [" + one + " ,\n" + two + "]\n"));
    JsonNode lines = api.lines(utf8("\n" + one + "\r\n  \n" + two));

    assertThat(array.path("object").asText()).isEqualTo("list");
    assertThat(array.path("data")).hasSize(2);
    assertThat(lines.path("data")).hasSize(2);
    assertThat(array.at("/data/0/id").asText()).isEqualTo("ä");
    List<Prompt> log = inTheLog();
    assertThat(log).extracting(Prompt::getAnswer).containsExactly("2", "]}", "2", "]}");
    assertThat(log.get(1).getMessages()).isEqualTo(log.get(3).getMessages());
    assertThat(log.get(1).getId()).isNotBlank().isNotEqualTo(log.get(3).getId());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"text\":                                        | not JSON",
        "7                                                 | not a JSON object",
        "{\"reward_profile\":\"exact\"}                    | 'text' and 'messages'",
        "{\"text\":\"x\"}                                  | reward_profile",
        "{\"text\":\"x\",\"reward_profile\":\"a b\"}       | a b",
        "{\"text\":\"x\",\"reward_profile\":\"e\",\"b\":1} | 'b' is not known",
        "[]                                                | no prompt",
        "[{\"text\":\"x\",\"reward_profile\":\"e\"},7]     | element 1",
        "[{\"text\":\"x\",\"reward_profile\":\"e\"},{}]    | element 1",
        "[{\"text\":\"x\",\"reward_profile\":\"e\"}        | not JSON",
        "[{\"text\":\"x\",\"reward_profile\":\"e\"}]]      | not JSON",
        "[{\"text\":\"x\",\"reward_profile\":\"e\"}] 1     | follows",
      })
  void a_body_that_is_no_prompt_is_refused_and_nothing_of_it_is_sent(String body, String reason) {
    refused(400, reason, () -> api.json(utf8(body)));
    assertThat(inTheLog()).isEmpty();
  }

  @Test
  void a_wrong_line_is_named_and_no_line_is_sent() {
    String good = "{\"text\":\"x\",\"reward_profile\":\"exact\"}\n";
    refused(400, "line 3", () -> api.lines(utf8(good + "\n{\"text\":1}\n" + good)));
    refused(400, "no prompt", () -> api.lines(utf8("\n \n")));
    assertThat(inTheLog()).isEmpty();
  }

  @Test
  void a_prompt_too_large_is_413() {
    String large = "x".repeat((1 << 20) + 1);
    refused(
        413,
        "the limit is",
        () -> api.json(utf8("{\"text\":\"" + large + "\",\"reward_profile\":\"exact\"}")));
  }

  @Test
  void a_kafka_that_is_away_is_503() {
    try (var nowhere =
        new PromptProducer(
            Map.of("bootstrap.servers", "127.0.0.1:1"),
            context.registry(),
            context.topics().prompts(),
            ProducerSettings.DEFAULT.within(Duration.ofMillis(300)))) {
      refused(
          503,
          "",
          () ->
              new PromptApi(nowhere, Duration.ofMillis(500))
                  .json(utf8("{\"text\":\"x\",\"reward_profile\":\"exact\"}")));
    }
  }

  private static void refused(int status, String reason, Runnable work) {
    assertThatThrownBy(work::run)
        .isInstanceOfSatisfying(
            Refusal.class, refusal -> assertThat(refusal.status()).isEqualTo(status))
        .hasMessageContaining(reason);
  }
}
