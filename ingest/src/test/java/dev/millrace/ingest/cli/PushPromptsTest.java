package dev.millrace.ingest.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.avro.Message;
import dev.millrace.contracts.avro.Prompt;
import dev.millrace.devstack.ServerKind;
import dev.millrace.ingest.DocumentProducer;
import dev.millrace.ingest.PromptProducer;
import dev.millrace.ingest.RealLog;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@WithServers({ServerKind.KAFKA, ServerKind.REGISTRY})
class PushPromptsTest {

  private record Said(int status, String out, String err) {}

  @TempDir Path folder;

  private RealLog log;

  @BeforeEach
  void start(Servers servers) {
    log = new RealLog(servers);
    log.provision(log.topics.prompts());
  }

  @AfterEach
  void stop() {
    log.close();
  }

  private Said run(Object... arguments) {
    var out = new StringWriter();
    var err = new StringWriter();
    var connections =
        new Connections() {
          @Override
          public DocumentProducer documents() {
            throw new UnsupportedOperationException("prompts only");
          }

          @Override
          public PromptProducer prompts() {
            return new PromptProducer(log.connection(), log.registry, log.topics.prompts());
          }

          @Override
          public Path stateFolder() {
            return folder;
          }
        };
    var all = new ArrayList<>(List.of("push", "prompts"));
    for (Object argument : arguments) {
      all.add(argument.toString());
    }
    int status =
        Commands.line(connections)
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(all.toArray(String[]::new));
    return new Said(status, out.toString(), err.toString());
  }

  private List<Prompt> prompts() {
    var serde = new AvroSerde<>(log.registry, log.topics.prompts());
    var found = new ArrayList<Prompt>();
    try (var consumer =
        new KafkaConsumer<>(
            log.connection(), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      var partitions =
          consumer.partitionsFor(log.topics.prompts().name()).stream()
              .map(p -> new TopicPartition(p.topic(), p.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      var ends = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
        consumer.poll(Duration.ofMillis(100)).forEach(r -> found.add(serde.read(r.value())));
      }
    }
    return found;
  }

  @Test
  void good_lines_are_sent_and_bad_ones_named() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("p.jsonl"),
            """
            {"id": "a", "text": "37+45=", "answer": "82"}

            {"id": "b"}
            {"id": "c", "text": "1+1=", "answer": "2", "held_out": true, "reward_profile": "exact"}
            """);
    Said said = run(file, "--reward", "numeric", "--tag", "sums");
    assertThat(said.status()).isEqualTo(1);
    assertThat(said.out())
        .isEqualToIgnoringNewLines("2 prompts sent, 1 of them held out, 1 failed");
    assertThat(said.err())
        .isEqualToIgnoringNewLines(
            file + ":3: 'text' and 'messages' are both missing: what is the prompt?");
    assertThat(prompts())
        .extracting(Prompt::getId, Prompt::getRewardProfile, Prompt::getHeldOut)
        .containsExactlyInAnyOrder(
            org.assertj.core.groups.Tuple.tuple("a", "numeric", false),
            org.assertj.core.groups.Tuple.tuple("c", "exact", true));
    assertThat(prompts().getFirst().getSentAt()).isPositive();
    assertThat(prompts().getFirst().getTags()).containsExactly("sums");
  }

  @Test
  void wrong_usage_is_said_in_one_line() throws IOException {
    Path file = Files.writeString(folder.resolve("p.jsonl"), "");
    assertThat(run(file, "--held-out-share", "10").err())
        .startsWith("the held-out share must be from 0 to 1: 10.0");
    Said missing = run(folder.resolve("none.jsonl"));
    assertThat(missing.status()).isEqualTo(2);
    assertThat(missing.err()).contains("none.jsonl is not a file that can be read");
  }

  /** Runs where the data set lies: {@code -Dmillrace.test.gsm8k=FILE}. */
  @Test
  void grade_school_maths_goes_in_as_it_is() {
    String file = System.getProperty("millrace.test.gsm8k", "");
    assumeThat(file).as("-Dmillrace.test.gsm8k=FILE").isNotEmpty();
    Said said =
        run(
            file,
            "--question-field",
            "question",
            "--answer-after",
            "####",
            "--reward",
            "numeric",
            "--held-out-share",
            "0.1");
    assertThat(said.err()).isEmpty();
    assertThat(said.status()).isZero();
    List<Prompt> prompts = prompts();
    assertThat(said.out()).startsWith("%,d prompts sent".formatted(prompts.size()));
    assertThat(prompts).hasSize(2_000).allMatch(p -> p.getAnswer().matches("-?[\\d,.]+"));
    assertThat(prompts.stream().filter(Prompt::getHeldOut).count()).isBetween(150L, 250L);
    assertThat(prompts)
        .filteredOn(p -> p.getId().equals("train-2000.jsonl#2"))
        .singleElement()
        .satisfies(
            p -> {
              assertThat(p.getAnswer()).isEqualTo("10");
              assertThat(p.getMessages()).extracting(Message::getRole).containsExactly("user");
            });
  }
}
