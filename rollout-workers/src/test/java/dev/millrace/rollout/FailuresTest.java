package dev.millrace.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.contracts.avro.Message;
import dev.millrace.contracts.avro.RolloutTask;
import dev.millrace.contracts.avro.SampleGroup;
import dev.millrace.devstack.ServerKind;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Tasks that cannot be sampled: each is answered with its reason. */
@WithServers({ServerKind.KAFKA, ServerKind.REGISTRY})
class FailuresTest {

  private static DecoderWeights weights;

  @BeforeAll
  static void draw() {
    weights = TinyPolicy.weights(TinyPolicy.config(32, 16), 1);
  }

  @AfterAll
  static void free() {
    weights.close();
  }

  @Test
  void what_cannot_be_sampled_is_answered_with_its_reason(Servers servers) {
    Map<String, Consumer<RolloutTask>> broken = new LinkedHashMap<>();
    broken.put("expired", task -> task.setDeadlineAt(System.currentTimeMillis() - 1));
    broken.put("unknown-policy", FailuresTest::namesNoPolicy);
    broken.put("empty-prompt", task -> task.setMessages(List.of(new Message("user", ""))));
    broken.put("prompt-too-long", task -> says(task, "1234567890123456"));
    broken.put("prompt-not-expressible", task -> says(task, "two and two"));
    Map<String, Consumer<RolloutTask>> unsound = new LinkedHashMap<>();
    unsound.put("temperature", task -> task.getSampling().setTemperature(-0.1));
    unsound.put("temperature-nan", task -> task.getSampling().setTemperature(Double.NaN));
    unsound.put("top-p", task -> task.getSampling().setTopP(0));
    unsound.put("max-tokens", task -> task.getSampling().setMaxTokens(0));
    unsound.put("stop", task -> task.getSampling().setStop(List.of("")));
    unsound.put("group", task -> task.setGroupSize(0));
    List<RolloutTask> tasks = new ArrayList<>(Tasks.many(10, 1));
    broken.forEach((id, breaking) -> tasks.add(with(id, breaking)));
    unsound.forEach((id, breaking) -> tasks.add(with(id, breaking)));

    try (var installation = new Installation(servers, Map.of())) {
      var meters = new SimpleMeterRegistry();
      var stage = installation.start(meters);
      installation.step(1, weights, tasks);
      installation.transaction(
          () -> installation.send("poisoned", "no task".getBytes(StandardCharsets.UTF_8)));

      Map<String, SampleGroup> answers = installation.answers(tasks.size());
      broken.keySet().forEach(id -> requireFailed(answers.get(id), id));
      unsound.keySet().forEach(id -> requireFailed(answers.get(id), "bad-sampling"));
      assertThat(answers.values()).filteredOn(group -> group.getFailure() == null).hasSize(10);
      await()
          .atMost(Installation.PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(installation.deadLetters())
                      .containsExactly(Map.entry("poisoned", "not-wire-format")));
      assertThat(stage.health().isReady()).isTrue();
      assertThat(
              meters.get("millrace_rollout_groups").tag("reason", "bad-sampling").counter().count())
          .isEqualTo(6);
    }
  }

  private static RolloutTask with(String id, Consumer<RolloutTask> breaking) {
    RolloutTask task = Tasks.of(id, "1+2=", 1);
    breaking.accept(task);
    return task;
  }

  private static void namesNoPolicy(RolloutTask task) {
    task.setPolicy("nobody");
    task.setIssuedAt(System.currentTimeMillis() - Duration.ofMinutes(1).toMillis());
  }

  private static void says(RolloutTask task, String text) {
    task.setMessages(List.of(new Message("user", text)));
  }

  private static void requireFailed(SampleGroup group, String reason) {
    assertThat(group.getFailure()).as(group.getTask().getTaskId()).isEqualTo(reason);
    assertThat(group.getSamples()).isEmpty();
    assertThat(group.getPromptTokens()).isEmpty();
  }

  @Test
  void weights_that_overflow_on_a_prompt_cost_its_task_only(Servers servers) {
    try (var installation = new Installation(servers, Map.of());
        DecoderWeights overflowing = TinyPolicy.overflowingAfter("9")) {
      installation.start();
      RolloutTask ill = greedy("ill", "1+9");
      installation.step(1, overflowing, List.of(greedy("well", "1+2"), ill, greedy("too", "3+4")));

      Map<String, SampleGroup> answers = installation.answers(3);

      requireFailed(answers.get("ill"), "non-finite-logits");
      assertThat(answers.get("well").getFailure()).isNull();
      assertThat(answers.get("too").getFailure()).isNull();
    }
  }

  private static RolloutTask greedy(String id, String prompt) {
    RolloutTask task = Tasks.of(id, prompt, 1);
    task.getSampling().setTemperature(0);
    return task;
  }

  @Test
  void task_that_was_delivered_too_often_is_buried_and_the_learner_is_told(Servers servers) {
    var settings = Map.of("millrace.rollout.max-deliveries", "1");
    try (var installation = new Installation(servers, settings)) {
      RolloutStage before = installation.start();
      installation.step(1, weights, List.of(Tasks.of("first", "1+2=", 1)));
      installation.answers(1);
      before.close();

      installation.issue(List.of(Tasks.of("often", "1+2=", 1)));
      installation.takeAndGiveBack(1);
      installation.start();

      requireFailed(installation.answers(2).get("often"), "delivered-too-often");
      await()
          .atMost(Installation.PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(installation.deadLetters())
                      .containsExactly(Map.entry("often", "delivered-too-often")));
    }
  }
}
