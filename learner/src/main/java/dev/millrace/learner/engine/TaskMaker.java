package dev.millrace.learner.engine;

import dev.millrace.contracts.avro.Prompt;
import dev.millrace.contracts.avro.Purpose;
import dev.millrace.contracts.avro.RolloutTask;
import dev.millrace.contracts.avro.Sampling;
import dev.millrace.learner.curriculum.Curriculum;
import dev.millrace.learner.curriculum.Position;
import dev.millrace.learner.curriculum.Position.Issued;
import dev.millrace.learner.curriculum.Seeds;
import dev.millrace.learner.machine.RunPhase;
import dev.millrace.learner.machine.TaskId;
import dev.millrace.learner.run.RunSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Makes the tasks that an entry issues. */
final class TaskMaker {

  /** Tasks, the position of the curriculum behind them, and what there is to say of it. */
  record Made(List<RolloutTask> tasks, Position after, Map<String, Double> metrics) {

    List<String> ids() {
      return tasks.stream().map(RolloutTask::getTaskId).toList();
    }
  }

  /** What tasks have in common: the entry, the version that they ask for, the time. */
  record Entry(long step, long version, long now) {}

  private final RunSettings settings;
  private final Curriculum curriculum;

  TaskMaker(RunSettings settings, Curriculum curriculum) {
    this.settings = settings;
    this.curriculum = curriculum;
  }

  /**
   * @param train how many tasks to train on; where prompts are lacking, there are fewer
   * @param updates that the run has made
   * @param phase after the entry: an evaluation begins with its tasks
   * @param before the phase before the entry, null at the start
   */
  Made make(Entry entry, Position from, int train, int updates, RunPhase before, RunPhase phase) {
    List<RolloutTask> tasks = new ArrayList<>();
    Curriculum.Taken taken = curriculum.take(from, train, updates);
    for (Prompt prompt : taken.prompts()) {
      long seed = Seeds.train(settings.seed(), from.tasks() + tasks.size());
      tasks.add(
          task(
              entry,
              tasks.size(),
              Purpose.TRAIN,
              prompt,
              settings.groupSize(),
              sampling(settings.sampling().temperature(), seed)));
    }
    int greedy = 0;
    int sampled = 0;
    if (phase instanceof RunPhase.Evaluating evaluating && !phase.equals(before)) {
      List<Prompt> prompts =
          evaluating.glance() ? curriculum.glance(from, entry.step()) : curriculum.evaluation(from);
      for (Prompt prompt : prompts) {
        tasks.add(
            task(
                entry,
                tasks.size(),
                Purpose.EVAL,
                prompt,
                1,
                sampling(0, Seeds.evaluation(settings.seed(), greedy++))));
      }
      int k = settings.evaluation().passAtK();
      if (k > 0 && !evaluating.glance() && evaluating.of() instanceof RunPhase.Training) {
        for (Prompt prompt : prompts) {
          tasks.add(
              task(
                  entry,
                  tasks.size(),
                  Purpose.EVAL,
                  prompt,
                  k,
                  sampling(1, Seeds.evaluation(settings.seed(), prompts.size() + sampled++))));
        }
      }
    }
    return new Made(
        tasks,
        taken.after().issuing(new Issued(taken.prompts().size(), greedy, sampled)),
        train > 0 ? curriculum.metrics(taken) : Map.of());
  }

  private RolloutTask task(
      Entry entry, int index, Purpose purpose, Prompt prompt, int size, Sampling sampling) {
    return RolloutTask.newBuilder()
        .setTaskId(new TaskId(settings.run(), entry.step(), index).toString())
        .setRun(settings.run())
        .setStep(entry.step())
        .setPurpose(purpose)
        .setPolicy(settings.policy())
        .setVersion(entry.version())
        .setPromptId(prompt.getId())
        .setMessages(prompt.getMessages())
        .setAnswer(prompt.getAnswer())
        .setRewardProfile(prompt.getRewardProfile())
        .setTags(prompt.getTags())
        .setGroupSize(size)
        .setSampling(sampling)
        .setIssuedAt(entry.now())
        .setDeadlineAt(entry.now() + settings.taskDeadline().toMillis())
        .build();
  }

  private Sampling sampling(double temperature, long seed) {
    return Sampling.newBuilder()
        .setTemperature(temperature)
        .setMaxTokens(settings.sampling().maxTokens())
        .setStop(settings.sampling().stop())
        .setSeed(seed)
        .build();
  }
}
