package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.Topic;
import dev.millrace.contracts.avro.FinishReason;
import dev.millrace.contracts.avro.GroupOutcome;
import dev.millrace.contracts.avro.Message;
import dev.millrace.contracts.avro.Purpose;
import dev.millrace.contracts.avro.RolloutTask;
import dev.millrace.contracts.avro.Sample;
import dev.millrace.contracts.avro.SampleGroup;
import dev.millrace.contracts.avro.Sampling;
import dev.millrace.contracts.avro.Score;
import dev.millrace.contracts.avro.ScoredGroup;
import dev.millrace.contracts.avro.StepKind;
import dev.millrace.contracts.avro.TaskOutcome;
import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.contracts.avro.VersionSegment;
import dev.millrace.devstack.ServerKind;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/** Audit, samples and weights, as a person at a terminal sees them. */
@WithServers({ServerKind.KAFKA, ServerKind.REGISTRY})
@ResourceLock(Resources.SYSTEM_OUT)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AccountsCommandsTest {

  private final CommandRun command;
  private final KafkaProducer<byte[], byte[]> producer;

  AccountsCommandsTest(Servers servers) {
    command = new CommandRun(servers);
    producer =
        new KafkaProducer<>(
            command.context().kafka().producer("test"),
            new ByteArraySerializer(),
            new ByteArraySerializer());
  }

  /** A run of two tasks; one is trained, and nobody ever published the other. */
  @BeforeAll
  void write() throws Exception {
    var topics = command.context().topics();
    command.create(topics.all());
    RolloutTask task = task();
    write(topics.rolloutTasks(), task.getTaskId(), task);
    var place = write(topics.scoredSamples(), task.getTaskId(), scored(task));
    var start = entry(StepKind.START, 0, 1, 1);
    start.setSettings("{\"maxStaleness\":1}");
    start.setIssued(List.of(task.getTaskId(), "sums/00000000/0001"));
    write(topics.trainingLedger(), "sums/0", start);
    var update = entry(StepKind.UPDATE, 1, 1, 2);
    update.setGroups(
        List.of(
            GroupOutcome.newBuilder()
                .setTaskId(task.getTaskId())
                .setOutcome(TaskOutcome.TRAINED)
                .setPartition(place.partition())
                .setOffset(place.offset())
                .build()));
    write(topics.trainingLedger(), "sums/1", update);
  }

  @AfterAll
  void close() {
    producer.close();
  }

  private <V> RecordMetadata write(Topic<V> topic, String key, V value) throws Exception {
    byte[] bytes = new AvroSerde<>(command.context().registry(), topic).write(value);
    return producer
        .send(new ProducerRecord<>(topic.name(), key.getBytes(StandardCharsets.UTF_8), bytes))
        .get();
  }

  private static TrainingStep entry(StepKind kind, long step, long before, long after) {
    return TrainingStep.newBuilder()
        .setRun("sums")
        .setStep(step)
        .setKind(kind)
        .setVersionBefore(before)
        .setVersionAfter(after)
        .setWeightsSha256("00")
        .setStartedAt(0)
        .setFinishedAt(0)
        .build();
  }

  private static RolloutTask task() {
    return RolloutTask.newBuilder()
        .setTaskId("sums/00000000/0000")
        .setRun("sums")
        .setStep(0)
        .setPurpose(Purpose.TRAIN)
        .setPolicy("policy")
        .setVersion(1)
        .setPromptId("add-37-45")
        .setMessages(List.of(new Message("user", "37+45=")))
        .setAnswer("82")
        .setRewardProfile("exact")
        .setTags(List.of("carry"))
        .setGroupSize(2)
        .setSamplingBuilder(Sampling.newBuilder().setMaxTokens(4).setSeed(1))
        .setIssuedAt(0)
        .setDeadlineAt(1)
        .build();
  }

  private static ScoredGroup scored(RolloutTask task) {
    var group =
        SampleGroup.newBuilder()
            .setTask(task)
            .setWorker("rollout-1")
            .setPromptTokens(List.of(1, 2))
            .setSamples(List.of(sample("82"), sample("8\u001b[31m3")))
            .setStartedAt(0)
            .setFinishedAt(1)
            .build();
    return ScoredGroup.newBuilder()
        .setGroup(group)
        .setWorker("reward-1")
        .setScores(
            List.of(new Score(1.0, Map.of("exact", 1.0)), new Score(0.0, Map.of("exact", 0.0))))
        .setScoredAt(2)
        .build();
  }

  private static Sample sample(String text) {
    return Sample.newBuilder()
        .setTokens(List.of(3, 4))
        .setLogProbs(List.of(-0.5f, -1.5f))
        .setSegments(List.of(new VersionSegment(1L, 0, 2)))
        .setText(text)
        .setFinishReason(FinishReason.STOP)
        .setStartedAt(0)
        .setFinishedAt(1)
        .build();
  }

  @Test
  void an_audit_that_does_not_add_up_ends_with_1_and_names_the_offender() {
    String out = command.run(1, "audit", "--grace", "0s");

    assertThat(out)
        .contains("Tasks", "sums", "Documents", "It does not add up.")
        .contains("not-published: 1", "sums/00000000/0001: issued by step 0, not in rollout-tasks");
    assertThat(out.lines())
        .anySatisfy(
            line ->
                assertThat(line.strip().split("\\s{2,}"))
                    .containsExactly(
                        "sums",
                        "2",
                        "1",
                        "0",
                        "0",
                        "0",
                        "0",
                        "1",
                        "1",
                        "2",
                        "mean 0.00, most 0 of 1",
                        "not ended"));
  }

  @Test
  void an_audit_of_documents_alone_adds_up() {
    assertThat(command.run(0, "audit", "--documents", "--grace", "0s"))
        .contains("It adds up: 0 documents.")
        .doesNotContain("Tasks");
  }

  @Test
  void an_audit_as_json_says_the_same() throws Exception {
    JsonNode json =
        Api.JSON.readTree(command.run(1, "audit", "--run", "sums", "--json", "--grace", "0s"));

    assertThat(json.path("adds_up").asBoolean(true)).isFalse();
    assertThat(json.at("/tasks/runs/0/issued").asInt()).isEqualTo(2);
    assertThat(json.at("/tasks/runs/0/open").asInt()).isEqualTo(1);
    assertThat(json.at("/tasks/problems/not-published").asInt()).isEqualTo(1);
    assertThat(json.at("/tasks/offenders/0/id").asText()).isEqualTo("sums/00000000/0001");
    assertThat(json.has("documents")).isFalse();
  }

  @Test
  void wrong_options_of_an_audit_are_one_line_and_2() {
    command.run(2, "audit", "--run", "nobody", "--grace", "0s");
    assertThat(command.error()).contains("'nobody'", "sums").hasLineCount(1);
    command.run(2, "audit", "--deadline", "soon");
    assertThat(command.error()).contains("soon").hasLineCount(1);
    command.run(2, "audit", "--list", "0");
    assertThat(command.error()).contains("--list").hasLineCount(1);
  }

  @Test
  void an_audit_where_nothing_of_millrace_is_says_so() {
    command.run(1, "--set", "millrace.topics.prefix=nothing-here-", "audit");
    assertThat(command.error()).contains("nothing-here-training-ledger").hasLineCount(1);
  }

  @Test
  void samples_are_listed_newest_first_with_what_became_of_them() {
    assertThat(command.run(0, "samples").lines())
        .anySatisfy(
            line ->
                assertThat(line)
                    .contains(
                        "sums/00000000/0000", "train", "0.50", "trained in step 1", "37+45="));
    assertThat(command.run(0, "samples", "list", "--tag", "carry")).contains("37+45=");
    assertThat(command.run(0, "samples", "list", "--tag", "other")).contains("no samples");
    assertThat(command.run(0, "samples", "list", "--purpose", "eval")).contains("no samples");
    assertThat(command.run(0, "samples", "list", "--min-reward", "1.5")).contains("no samples");
    assertThat(command.run(0, "samples", "--run", "sums", "--step", "1")).contains("37+45=");
  }

  @Test
  void a_sample_is_shown_in_full_and_cannot_steer_the_terminal() {
    String out = command.run(0, "samples", "show", "sums/00000000/0000");

    assertThat(out)
        .contains("37+45=", "reference", "82", "answer 1  reward 1.000 (exact 1.000)")
        .contains("2 tokens, stop, mean log-probability -1.000, v1 [0, 2), staleness 0")
        .contains("8·[31m3")
        .doesNotContain("\u001b");
  }

  @Test
  void samples_as_json_hold_every_answer() throws Exception {
    JsonNode json = Api.JSON.readTree(command.run(0, "samples", "--json"));

    assertThat(json.at("/groups/0/task").asText()).isEqualTo("sums/00000000/0000");
    assertThat(json.at("/groups/0/outcome/state").asText()).isEqualTo("trained");
    assertThat(json.at("/groups/0/samples")).hasSize(2);
    assertThat(json.at("/groups/0/samples/0/components/exact").asDouble()).isEqualTo(1);
  }

  @Test
  void wrong_options_of_samples_are_one_line() {
    command.run(2, "samples", "--step", "1");
    assertThat(command.error()).contains("--run").hasLineCount(1);
    command.run(2, "samples", "--run", "sums", "--step", "99");
    assertThat(command.error()).contains("no step 99").hasLineCount(1);
    command.run(2, "samples", "--purpose", "fun");
    assertThat(command.error()).contains("fun").hasLineCount(1);
    command.run(1, "samples", "show", "sums/1/1");
    assertThat(command.error()).contains("sums/1/1", "trace task").hasLineCount(1);
  }

  @Test
  void weights_of_a_log_without_versions() {
    assertThat(command.run(0, "weights", "list")).contains("nothing is published");
    command.run(1, "weights", "export", "newest", "target/none-exported");
    assertThat(command.error()).contains("nothing is published").hasLineCount(1);
    command.run(2, "weights", "export", "7a", "target/none-exported");
    assertThat(command.error()).contains("'7a'").hasLineCount(1);
    command.run(2, "weights", "import", "target/no-such-folder");
    assertThat(command.error()).contains("no-such-folder").hasLineCount(1);
  }

  @Test
  void a_replay_of_an_unknown_run_names_those_there_are() {
    command.run(2, "replay", "--run", "nobody", "--step", "1");
    assertThat(command.error()).contains("nobody", "sums").hasLineCount(1);
    command.run(2, "replay", "--run", "sums");
    assertThat(command.error()).contains("--step").hasLineCount(1);
  }
}
