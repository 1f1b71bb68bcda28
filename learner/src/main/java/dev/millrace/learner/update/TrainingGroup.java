package dev.millrace.learner.update;

import java.util.List;
import java.util.Objects;

/** A prompt and the answers to it that were sampled together. */
public record TrainingGroup(String taskId, int[] prompt, List<TrainingSample> samples) {

  public TrainingGroup {
    Objects.requireNonNull(taskId, "taskId");
    prompt = prompt.clone();
    samples = List.copyOf(samples);
  }
}
