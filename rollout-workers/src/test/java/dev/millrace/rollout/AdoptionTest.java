package dev.millrace.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.contracts.avro.RolloutTask;
import dev.millrace.contracts.avro.SampleGroup;
import dev.millrace.contracts.avro.VersionSegment;
import dev.millrace.devstack.ServerKind;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.runtime.StageHealth;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Versions as they come: in time, late, broken, of another shape. */
@WithServers({ServerKind.KAFKA, ServerKind.REGISTRY})
class AdoptionTest {

  private static DecoderWeights first;
  private static DecoderWeights second;
  private static DecoderWeights wider;

  @BeforeAll
  static void draw() {
    first = TinyPolicy.weights(TinyPolicy.config(32, 64), 1);
    second = TinyPolicy.weights(TinyPolicy.config(32, 64), 2);
    wider = TinyPolicy.weights(TinyPolicy.config(64, 64), 3);
  }

  @AfterAll
  static void free() {
    first.close();
    second.close();
    wider.close();
  }

  @Test
  void task_waits_for_the_version_that_it_wants(Servers servers) {
    var settings = Map.of("millrace.rollout.version-wait", "200ms");
    try (var installation = new Installation(servers, settings)) {
      RolloutStage stage = installation.start();
      installation.step(1, first, List.of(Tasks.of("now", "1+2=", 1)));
      installation.answers(1);

      installation.issue(List.of(Tasks.of("early", "1+2=", 2)));
      await()
          .atMost(Installation.PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(stage.health().describe())
                      .contains("policy tiny is at version 1 here, and a task wants version 2"));
      installation.step(2, second, List.of());

      SampleGroup late = installation.answers(2).get("early");
      assertThat(late.getSamples())
          .flatExtracting(sample -> sample.getSegments())
          .extracting(VersionSegment::getVersion)
          .containsOnly(2L);
      assertThat(late.getDeliveryCount()).as("kept in hand, not given back").isEqualTo(1);
      await().atMost(Installation.PATIENCE).until(() -> stage.health().isReady());
    }
  }

  @Test
  void task_whose_version_never_comes_expires(Servers servers) {
    var settings = Map.of("millrace.rollout.version-wait", "200ms");
    try (var installation = new Installation(servers, settings)) {
      installation.start();
      RolloutTask hopeless = Tasks.of("hopeless", "1+2=", 7);
      hopeless.setDeadlineAt(System.currentTimeMillis() + 2_000);

      installation.step(1, first, List.of(hopeless));

      assertThat(installation.answers(1).get("hopeless").getFailure()).isEqualTo("expired");
    }
  }

  @Test
  void worker_that_does_not_adopt_what_is_published_says_so(Servers servers) {
    var settings = Map.of("millrace.rollout.adoption-deadline", "2s");
    try (var installation = new Installation(servers, settings)) {
      var meters = new SimpleMeterRegistry();
      RolloutStage stage = installation.start(meters);
      installation.step(1, first, List.of(Tasks.of("before", "1+2=", 1)));
      installation.answers(1);
      assertThat(stage.health().isReady()).isTrue();

      // The bytes in the log are not those that the manifest promises.
      installation.transaction(() -> installation.publishCorrupt(Tasks.POLICY, 2, second));
      await()
          .atMost(Installation.PATIENCE)
          .untilAsserted(
              () -> {
                assertThat(stage.health()).isInstanceOf(StageHealth.Degraded.class);
                assertThat(stage.health().describe())
                    .contains("version 2 is published, version 1 is used, since");
              });
      assertThat(meters.get("millrace_rollout_behind_seconds").gauge().value())
          .isGreaterThanOrEqualTo(2);

      // It goes on with what it has, and gets over it with the next version.
      installation.issue(List.of(Tasks.of("during", "1+2=", 1)));
      assertThat(installation.answers(2).get("during").getFailure()).isNull();
      installation.step(3, second, List.of(Tasks.of("after", "1+2=", 3)));
      assertThat(installation.answers(3).get("after").getFailure()).isNull();
      await().atMost(Installation.PATIENCE).until(() -> stage.health().isReady());
      assertThat(meters.get("millrace_rollout_behind_seconds").gauge().value()).isZero();
    }
  }

  @Test
  void another_shape_gets_an_engine_of_its_own_when_the_old_has_ended(Servers servers) {
    try (var installation = new Installation(servers, Map.of())) {
      installation.start();
      installation.step(1, first, Tasks.many(20, 1));
      List<RolloutTask> wide = Tasks.many(40, 2).subList(20, 40);
      installation.step(2, wider, wide);

      Map<String, SampleGroup> answers = installation.answers(40);
      assertThat(answers.values()).allMatch(group -> group.getFailure() == null);
      for (RolloutTask task : wide) {
        assertThat(answers.get(task.getTaskId()).getSamples())
            .flatExtracting(sample -> sample.getSegments())
            .containsOnly(segments(answers.get(task.getTaskId())))
            .extracting(VersionSegment::getVersion)
            .containsOnly(2L);
      }
    }
  }

  @Test
  void version_that_does_not_fit_is_refused_and_the_old_one_goes_on(Servers servers) {
    var settings =
        Map.of("millrace.rollout.kv-bytes", "20000", "millrace.rollout.adoption-deadline", "1s");
    try (var installation = new Installation(servers, settings)) {
      RolloutStage stage = installation.start();
      installation.step(1, first, List.of(Tasks.of("fits", "1+2=", 1)));
      installation.answers(1);

      installation.step(2, wider, List.of());
      await()
          .atMost(Installation.PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(stage.health().describe())
                      .contains("millrace.rollout.kv-bytes: raise it"));
      installation.issue(List.of(Tasks.of("goes on", "1+2=", 1)));

      assertThat(installation.answers(2).get("goes on").getFailure()).isNull();
    }
  }

  private static VersionSegment[] segments(SampleGroup group) {
    return group.getSamples().stream()
        .map(sample -> new VersionSegment(2L, 0, sample.getTokens().size()))
        .toArray(VersionSegment[]::new);
  }

  @Test
  void several_policies_take_turns_where_there_is_room_for_one(Servers servers) {
    var settings = Map.of("millrace.rollout.policies", "1");
    try (var installation = new Installation(servers, settings)) {
      installation.start();
      installation.step(1, first, List.of(Tasks.of("a", "1+2=", 1)));
      installation.answers(1);

      installation.step(Tasks.ENDLESS, 1, second, List.of(Tasks.endless("b", "1+2=", 1, 5)));
      assertThat(installation.answers(2).get("b").getSamples())
          .allSatisfy(sample -> assertThat(sample.getTokens()).hasSize(5));

      installation.issue(List.of(Tasks.of("c", "1+2=", 1)));
      assertThat(installation.answers(3).get("c").getFailure()).isNull();
    }
  }
}
