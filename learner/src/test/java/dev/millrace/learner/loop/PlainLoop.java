package dev.millrace.learner.loop;

import dev.millrace.contracts.avro.Prompt;
import dev.millrace.contracts.avro.Purpose;
import dev.millrace.contracts.avro.RolloutTask;
import dev.millrace.contracts.avro.Sampling;
import dev.millrace.contracts.avro.ScoredGroup;
import dev.millrace.learner.batch.GroupDecoder;
import dev.millrace.learner.curriculum.Curriculum;
import dev.millrace.learner.curriculum.PromptLog;
import dev.millrace.learner.curriculum.Seeds;
import dev.millrace.learner.engine.StartPolicy;
import dev.millrace.learner.run.RunSettings;
import dev.millrace.learner.update.PolicyUpdater;
import dev.millrace.learner.update.TrainingGroup;
import dev.millrace.learner.update.UpdateReport;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.runtime.StageContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Reinforcement learning as one would write it without a log: sample, score, update, repeat. */
final class PlainLoop {

  record Update(String sha256, UpdateReport report) {}

  private PlainLoop() {}

  static List<Update> run(RunSettings run, StageContext context) {
    var curriculum = new Curriculum(run, new PromptLog(context, Duration.ofSeconds(30)));
    var position = curriculum.now();
    List<Update> updates = new ArrayList<>();
    var weights = StartPolicy.open(run, context, TorchRuntime.cpu()).weights();
    try (var updater =
        new PolicyUpdater(weights, run.algorithm(), run.warmStart().sft(), run.seed())) {
      for (int step = 0; step < run.steps(); step++) {
        var taken = curriculum.take(position, run.promptsPerStep(), step);
        position = taken.after();
        List<TrainingGroup> groups = new ArrayList<>();
        for (int i = 0; i < run.promptsPerStep(); i++) {
          long seed = Seeds.train(run.seed(), (long) step * run.promptsPerStep() + i);
          TrainingGroup group = sample(run, taken.prompts().get(i), step, i, seed);
          if (updater.filter(group).isEmpty()) {
            groups.add(group);
          }
        }
        UpdateReport report = updater.update(groups, step + 1, step + 1);
        updates.add(new Update(updater.weightsSha256(), report));
      }
    }
    return updates;
  }

  private static TrainingGroup sample(RunSettings run, Prompt prompt, int step, int i, long seed) {
    RolloutTask task =
        RolloutTask.newBuilder()
            .setTaskId("plain/%08d/%04d".formatted(step, i))
            .setRun(run.run())
            .setStep(step)
            .setPurpose(Purpose.TRAIN)
            .setPolicy(run.policy())
            .setVersion(step + 1)
            .setPromptId(prompt.getId())
            .setMessages(prompt.getMessages())
            .setAnswer(prompt.getAnswer())
            .setRewardProfile(prompt.getRewardProfile())
            .setGroupSize(run.groupSize())
            .setSampling(Sampling.newBuilder().setMaxTokens(4).setSeed(seed).build())
            .setIssuedAt(1)
            .setDeadlineAt(2)
            .build();
    ScoredGroup scored = FakeWorker.group(task);
    return GroupDecoder.decode(scored, 0, i).group();
  }
}
