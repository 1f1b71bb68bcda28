package dev.millrace.reward;

import dev.millrace.contracts.avro.FinishReason;
import dev.millrace.contracts.avro.Message;
import dev.millrace.contracts.avro.Purpose;
import dev.millrace.contracts.avro.RolloutTask;
import dev.millrace.contracts.avro.Sample;
import dev.millrace.contracts.avro.SampleGroup;
import dev.millrace.contracts.avro.Sampling;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** Groups as rollout workers make them. */
final class Groups {

  private Groups() {}

  static SampleGroup of(String taskId, String profile, String answer, String... texts) {
    var sampling = new Sampling(1.0, 1.0, 0, 0.0, 1.0, 16, List.of(), 7L);
    var task =
        RolloutTask.newBuilder()
            .setTaskId(taskId)
            .setRun("run")
            .setStep(1)
            .setPurpose(Purpose.TRAIN)
            .setPolicy("policy")
            .setVersion(3)
            .setPromptId("prompt-" + taskId)
            .setMessages(List.of(new Message("user", "37+45=")))
            .setAnswer(answer)
            .setRewardProfile(profile)
            .setTags(List.of("sums"))
            .setGroupSize(texts.length)
            .setSampling(sampling)
            .setIssuedAt(1)
            .setDeadlineAt(2)
            .build();
    return SampleGroup.newBuilder()
        .setTask(task)
        .setWorker("rollout-1")
        .setPromptTokens(List.of(1, 2, 3))
        .setSamples(Arrays.stream(texts).map(Groups::sample).toList())
        .setStartedAt(1)
        .setFinishedAt(2)
        .build();
  }

  static SampleGroup failed(String taskId, String reason) {
    SampleGroup group = of(taskId, "numeric", "82");
    group.setFailure(reason);
    return group;
  }

  private static Sample sample(String text) {
    return Sample.newBuilder()
        .setTokens(Collections.nCopies(text.length(), 5))
        .setLogProbs(Collections.nCopies(text.length(), -0.5f))
        .setSegments(List.of())
        .setText(text)
        .setFinishReason(FinishReason.STOP)
        .setStartedAt(1)
        .setFinishedAt(2)
        .build();
  }
}
