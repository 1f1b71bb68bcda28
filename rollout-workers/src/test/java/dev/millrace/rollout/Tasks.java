package dev.millrace.rollout;

import dev.millrace.contracts.avro.Message;
import dev.millrace.contracts.avro.Purpose;
import dev.millrace.contracts.avro.RolloutTask;
import dev.millrace.contracts.avro.Sampling;
import java.util.ArrayList;
import java.util.List;

/** Tasks as the learner issues them: groups of four, at most eight tokens each. */
final class Tasks {

  static final String POLICY = "tiny";

  /** A policy without an end token. */
  static final String ENDLESS = "endless";

  private Tasks() {}

  static RolloutTask of(String id, String prompt, long version) {
    long now = System.currentTimeMillis();
    return RolloutTask.newBuilder()
        .setTaskId(id)
        .setRun("run")
        .setStep(1)
        .setPurpose(Purpose.TRAIN)
        .setPolicy(POLICY)
        .setVersion(version)
        .setPromptId("prompt-" + id)
        .setMessages(List.of(new Message("user", prompt)))
        .setAnswer("82")
        .setRewardProfile("exact")
        .setTags(List.of("sums"))
        .setGroupSize(4)
        .setSampling(sampling(id.hashCode(), 8))
        .setIssuedAt(now)
        .setDeadlineAt(now + 600_000)
        .build();
  }

  static Sampling sampling(long seed, int maxTokens) {
    return new Sampling(1.0, 1.0, 0, 0.0, 1.0, maxTokens, List.of(), seed);
  }

  static RolloutTask endless(String id, String prompt, long version, int maxTokens) {
    RolloutTask task = of(id, prompt, version);
    task.setPolicy(ENDLESS);
    task.getSampling().setMaxTokens(maxTokens);
    return task;
  }

  static List<RolloutTask> many(int number, long version) {
    List<RolloutTask> tasks = new ArrayList<>();
    for (int i = 0; i < number; i++) {
      tasks.add(of("t" + i, (i % 90 + 10) + "+" + (i * 7 % 90 + 10) + "=", version));
    }
    return tasks;
  }
}
