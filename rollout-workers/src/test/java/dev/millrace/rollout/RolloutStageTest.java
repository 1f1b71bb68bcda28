package dev.millrace.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import dev.millrace.contracts.avro.FinishReason;
import dev.millrace.contracts.avro.RolloutTask;
import dev.millrace.contracts.avro.Sample;
import dev.millrace.contracts.avro.SampleGroup;
import dev.millrace.contracts.avro.VersionSegment;
import dev.millrace.devstack.ServerKind;
import dev.millrace.models.decoder.DecoderConfig;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.train.Lora;
import dev.millrace.models.train.PolicyTrainer;
import dev.millrace.models.train.ScoredTokens;
import dev.millrace.models.train.TokenBatch;
import dev.millrace.models.train.TrainSettings;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

@WithServers({ServerKind.KAFKA, ServerKind.REGISTRY})
class RolloutStageTest {

  private static final DecoderConfig CONFIG = TinyPolicy.config(32, 4096);
  private static DecoderWeights first;
  private static DecoderWeights second;

  @BeforeAll
  static void draw() {
    first = TinyPolicy.weights(CONFIG, 1);
    second = TinyPolicy.weights(CONFIG, 2);
  }

  @AfterAll
  static void free() {
    first.close();
    second.close();
  }

  @Test
  void every_task_is_answered_by_a_whole_group(Servers servers) {
    try (var installation = new Installation(servers, Map.of())) {
      List<RolloutTask> tasks = Tasks.many(40, 1);
      var meters = new SimpleMeterRegistry();
      var stage = installation.start(meters);

      installation.step(1, first, tasks);
      Map<String, SampleGroup> answers = installation.answers(tasks.size());

      for (RolloutTask task : tasks) {
        SampleGroup group = answers.get(task.getTaskId());
        assertThat(group.getTask()).isEqualTo(task);
        assertThat(group.getFailure()).isNull();
        assertThat(group.getWorker()).startsWith("local-");
        assertThat(group.getDeliveryCount()).isEqualTo(1);
        assertThat(group.getPromptTokens()).hasSize(6);
        assertThat(group.getSamples()).hasSize(4);
        assertThat(group.getStartedAt()).isGreaterThanOrEqualTo(task.getIssuedAt());
        group.getSamples().forEach(sample -> requireWellFormed(sample, group));
      }
      assertThat(finishes(answers)).contains(FinishReason.STOP, FinishReason.LENGTH);
      assertThat(stage.drain(Installation.PATIENCE)).isTrue();
      assertThat(installation.groups()).as("each once").hasSize(tasks.size());
      assertThat(meters.get("prompt_tokens").tag("model_name", "tiny").counter().count())
          .isEqualTo(40 * 6);
      assertThat(meters.get("generation_tokens").counter().count()).isEqualTo(tokens(answers));
      assertThat(meters.get("time_to_first_token").timer().count()).isEqualTo(40);
      assertThat(meters.get("millrace_policy_version_adopted").gauge().value()).isEqualTo(1);
    }
  }

  private static void requireWellFormed(Sample sample, SampleGroup group) {
    int length = sample.getTokens().size();
    assertThat(length).isBetween(1, 8);
    assertThat(sample.getLogProbs()).hasSize(length).allMatch(p -> p <= 0);
    assertThat(sample.getModelLogProbs()).as("equal, so left out").isEmpty();
    assertThat(sample.getSegments()).containsExactly(new VersionSegment(1L, 0, length));
    boolean ended = sample.getTokens().get(length - 1) == TinyPolicy.END;
    assertThat(sample.getFinishReason()).isEqualTo(ended ? FinishReason.STOP : FinishReason.LENGTH);
    if (!ended) {
      assertThat(length).isEqualTo(8);
    }
    long special = sample.getTokens().stream().filter(token -> token < 2).count();
    assertThat(sample.getText()).hasSize((int) (length - special));
    assertThat(sample.getStartedAt()).isBetween(group.getStartedAt(), sample.getFinishedAt());
    assertThat(sample.getFinishedAt()).isLessThanOrEqualTo(group.getFinishedAt());
  }

  private static List<FinishReason> finishes(Map<String, SampleGroup> answers) {
    return answers.values().stream()
        .flatMap(group -> group.getSamples().stream())
        .map(Sample::getFinishReason)
        .toList();
  }

  private static double tokens(Map<String, SampleGroup> answers) {
    return answers.values().stream()
        .flatMap(group -> group.getSamples().stream())
        .mapToInt(sample -> sample.getTokens().size())
        .sum();
  }

  @Test
  void log_probabilities_are_those_that_the_learner_computes(Servers servers) {
    try (var installation = new Installation(servers, Map.of());
        PolicyTrainer trainer = PolicyTrainer.full(first, TrainSettings.of(CONFIG.vocab()))) {
      // Prompts of several lengths in one batch: where one side pads or masks and the other does
      // not, it shows.
      List<RolloutTask> tasks =
          List.of(
              Tasks.of("short", "7", 1),
              Tasks.of("middle", "37+45=", 1),
              Tasks.of("long", "12345678901234567890+1=", 1),
              filtered("filtered"),
              greedy("greedy"));
      installation.start();

      installation.step(1, first, tasks);

      for (SampleGroup group : installation.answers(tasks.size()).values()) {
        for (Sample sample : group.getSamples()) {
          float[] expected = trainer.score(batch(group, sample, length(sample))).logProbs();
          String name = group.getTask().getTaskId();
          List<Float> model =
              name.equals("filtered") || name.equals("greedy")
                  ? sample.getModelLogProbs()
                  : sample.getLogProbs();
          assertThat(model).as(name).hasSize(expected.length);
          for (int t = 0; t < expected.length; t++) {
            assertThat(model.get(t))
                .as("%s, token %d", name, t)
                .isCloseTo(expected[t], within(1e-5f));
          }
          if (name.equals("greedy")) {
            assertThat(sample.getLogProbs()).containsOnly(0f);
          }
        }
      }
    }
  }

  private static RolloutTask filtered(String id) {
    RolloutTask task = Tasks.of(id, "1+2=", 1);
    task.getSampling().setTemperature(0.7);
    task.getSampling().setTopK(3);
    return task;
  }

  private static RolloutTask greedy(String id) {
    RolloutTask task = Tasks.of(id, "1+2=", 1);
    task.getSampling().setTemperature(0);
    task.setGroupSize(1);
    return task;
  }

  private static int length(Sample sample) {
    return sample.getTokens().size();
  }

  private static TokenBatch batch(SampleGroup group, Sample sample, int length) {
    return TokenBatch.of(
        List.of(
            ScoredTokens.of(
                group.getPromptTokens().stream().mapToInt(Integer::intValue).toArray(),
                sample.getTokens().subList(0, length).stream()
                    .mapToInt(Integer::intValue)
                    .toArray())));
  }

  @Test
  void new_weights_take_over_in_the_middle_of_a_sequence(Servers servers) {
    int length = 4000;
    try (var installation = new Installation(servers, Map.of("millrace.rollout.slots", "4"));
        PolicyTrainer trainer = PolicyTrainer.full(first, TrainSettings.of(CONFIG.vocab()))) {
      var meters = new SimpleMeterRegistry();
      installation.start(meters);
      installation.step(
          Tasks.ENDLESS, 1, first, List.of(Tasks.endless("long", "37+45=", 1, length)));
      await()
          .atMost(Installation.PATIENCE)
          .until(
              () ->
                  meters.find("num_requests_running").gauges().stream()
                      .anyMatch(gauge -> gauge.value() == 4));

      installation.step(Tasks.ENDLESS, 2, second, List.of());

      SampleGroup group = installation.answers(1).get("long");
      for (Sample sample : group.getSamples()) {
        assertThat(sample.getTokens()).hasSize(length);
        assertThat(sample.getSegments()).hasSize(2);
        VersionSegment old = sample.getSegments().getFirst();
        assertThat(old.getVersion()).isEqualTo(1);
        assertThat(old.getStart()).isZero();
        assertThat(sample.getSegments().get(1))
            .isEqualTo(new VersionSegment(2L, old.getEnd(), length));
        int checked = Math.min(old.getEnd(), 200);
        float[] expected = trainer.score(batch(group, sample, checked)).logProbs();
        for (int t = 0; t < checked; t++) {
          assertThat(sample.getLogProbs().get(t)).isCloseTo(expected[t], within(1e-4f));
        }
      }
      assertThat(meters.get("millrace_rollout_swapped_samples").counter().count()).isEqualTo(4);
    }
  }

  @Test
  void an_adapter_takes_over_in_the_middle_of_a_sequence_and_samples_as_the_learner_scores(
      Servers servers) {
    int length = 4000;
    try (var installation = new Installation(servers, Map.of("millrace.rollout.slots", "8"));
        Lora lora = TinyPolicy.adapter(first, 3);
        PolicyTrainer trainer = PolicyTrainer.lora(first, lora, TrainSettings.of(CONFIG.vocab()))) {
      var meters = new SimpleMeterRegistry();
      installation.start(meters);
      installation.step(
          Tasks.ENDLESS, 1, first, List.of(Tasks.endless("long", "37+45=", 1, length)));
      await()
          .atMost(Installation.PATIENCE)
          .until(
              () ->
                  meters.find("num_requests_running").gauges().stream()
                      .anyMatch(gauge -> gauge.value() == 4));

      installation.adapterStep(
          Tasks.ENDLESS, 2, 1, first, lora, List.of(Tasks.endless("after", "1+2=", 2, 40)));

      Map<String, SampleGroup> answers = installation.answers(2);
      for (Sample sample : answers.get("long").getSamples()) {
        int swapped = sample.getSegments().getFirst().getEnd();
        assertThat(sample.getSegments())
            .containsExactly(
                new VersionSegment(1L, 0, swapped), new VersionSegment(2L, swapped, length));
      }
      SampleGroup after = answers.get("after");
      for (Sample sample : after.getSamples()) {
        assertThat(sample.getSegments()).containsExactly(new VersionSegment(2L, 0, 40));
        TokenBatch batch = batch(after, sample, 40);
        float[] expected = trainer.score(batch).logProbs();
        for (int t = 0; t < expected.length; t++) {
          assertThat(sample.getLogProbs().get(t)).isCloseTo(expected[t], within(1e-4f));
        }
        assertThat(expected).isNotEqualTo(trainer.scoreWithoutAdapter(batch).logProbs());
      }
    }
  }
}
