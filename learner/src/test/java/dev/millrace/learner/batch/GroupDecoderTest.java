package dev.millrace.learner.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contracts.avro.FinishReason;
import dev.millrace.contracts.avro.Message;
import dev.millrace.contracts.avro.Purpose;
import dev.millrace.contracts.avro.RolloutTask;
import dev.millrace.contracts.avro.Sample;
import dev.millrace.contracts.avro.SampleGroup;
import dev.millrace.contracts.avro.Sampling;
import dev.millrace.contracts.avro.Score;
import dev.millrace.contracts.avro.ScoredGroup;
import dev.millrace.contracts.avro.VersionSegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class GroupDecoderTest {

  private static ScoredGroup group() {
    var task =
        RolloutTask.newBuilder()
            .setTaskId("r/00000003/0001")
            .setRun("r")
            .setStep(3)
            .setPurpose(Purpose.TRAIN)
            .setPolicy("p")
            .setVersion(4)
            .setPromptId("q")
            .setMessages(List.of(new Message("user", "1+1=")))
            .setRewardProfile("exact")
            .setTags(List.of("t"))
            .setGroupSize(2)
            .setSampling(Sampling.newBuilder().setMaxTokens(4).setSeed(1).build())
            .setIssuedAt(1)
            .setDeadlineAt(2)
            .build();
    return ScoredGroup.newBuilder()
        .setGroup(
            SampleGroup.newBuilder()
                .setTask(task)
                .setWorker("w")
                .setPromptTokens(List.of(7, 8))
                .setSamples(new ArrayList<>(List.of(sample(), sample())))
                .setStartedAt(1)
                .setFinishedAt(2)
                .build())
        .setWorker("w")
        .setScores(
            new ArrayList<>(
                List.of(
                    new Score(1.0, Map.of("exact", 1.0)), new Score(0.0, Map.of("exact", 0.0)))))
        .setScoredAt(3)
        .build();
  }

  private static Sample sample() {
    return Sample.newBuilder()
        .setTokens(List.of(5, 6, 1))
        .setLogProbs(new ArrayList<>(List.of(-0.5f, -1f, 0f)))
        .setSegments(
            new ArrayList<>(List.of(new VersionSegment(4L, 0, 1), new VersionSegment(6L, 1, 3))))
        .setText("56")
        .setFinishReason(FinishReason.LENGTH)
        .setStartedAt(1)
        .setFinishedAt(2)
        .build();
  }

  @Test
  void group_becomes_arrays_with_the_version_of_every_token() {
    var arrived = GroupDecoder.decode(group(), 2, 77);
    assertThat(arrived.failure()).isEmpty();
    assertThat(arrived.task()).hasToString("r/00000003/0001");
    assertThat(arrived.partition()).isEqualTo(2);
    assertThat(arrived.offset()).isEqualTo(77);
    assertThat(arrived.oldest()).isEqualTo(4);
    assertThat(arrived.newest()).isEqualTo(6);
    assertThat(arrived.group().prompt()).containsExactly(7, 8);
    var first = arrived.group().samples().getFirst();
    assertThat(first.tokens()).containsExactly(5, 6, 1);
    assertThat(first.behaviour()).containsExactly(-0.5f, -1f, 0f);
    assertThat(first.versions()).containsExactly(4, 6, 6);
    assertThat(first.reward()).isEqualTo(1);
    assertThat(first.truncated()).isTrue();
  }

  static Stream<Arguments> damages() {
    return Stream.of(
        damage("empty-prompt", g -> g.getGroup().setPromptTokens(List.of())),
        damage("incomplete-group", g -> g.getGroup().getSamples().removeFirst()),
        damage("incomplete-scores", g -> g.getScores().removeFirst()),
        damage("non-finite-reward", g -> g.getScores().getFirst().setTotal(Double.NaN)),
        damage("malformed-logprobs", g -> first(g).getLogProbs().removeFirst()),
        damage("malformed-logprobs", g -> first(g).getLogProbs().set(0, Float.NaN)),
        damage("malformed-logprobs", g -> first(g).getLogProbs().set(0, 0.5f)),
        damage("malformed-segments", g -> first(g).getSegments().removeLast()),
        damage("malformed-segments", g -> first(g).getSegments().getLast().setStart(2)),
        damage("malformed-segments", g -> first(g).getSegments().getLast().setEnd(4)),
        damage("aborted-completion", g -> first(g).setFinishReason(FinishReason.ABORTED)),
        damage("reward-timeout", g -> g.setFailure("reward-timeout")),
        damage(
            "prompt-too-long",
            g -> {
              g.setFailure("no-samples");
              g.getGroup().setFailure("prompt-too-long");
            }));
  }

  private static Sample first(ScoredGroup group) {
    return group.getGroup().getSamples().getFirst();
  }

  private static Arguments damage(String reason, Consumer<ScoredGroup> damage) {
    return Arguments.of(reason, damage);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("damages")
  void unusable_group_has_its_reason_and_no_samples(String reason, Consumer<ScoredGroup> damage) {
    ScoredGroup group = group();
    damage.accept(group);
    var arrived = GroupDecoder.decode(group, 0, 0);
    assertThat(arrived.failure()).hasValue(reason);
    assertThat(arrived.group().samples()).isEmpty();
    assertThat(arrived.newest()).isEqualTo(-1);
  }

  @Test
  void group_of_a_task_without_a_name_of_ours_is_refused() {
    ScoredGroup group = group();
    group.getGroup().getTask().setTaskId("mine");
    assertThatThrownBy(() -> GroupDecoder.decode(group, 0, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'mine' is no task id");
  }
}
