package dev.millrace.rollout;

import dev.millrace.contracts.avro.FinishReason;
import dev.millrace.contracts.avro.RolloutTask;
import dev.millrace.contracts.avro.Sample;
import dev.millrace.contracts.avro.SampleGroup;
import dev.millrace.contracts.avro.Sampling;
import dev.millrace.contracts.avro.VersionSegment;
import dev.millrace.models.generate.GeneratedSequence;
import dev.millrace.models.generate.GeneratedSequence.Finish;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Sampled groups and failures as they go into the log.
 *
 * <p>Times: a group's {@code startedAt} is when its prompt left the queue, so that the time since
 * {@code issuedAt} of its task is all of its waiting; a sample's {@code startedAt} is its first
 * token.
 */
final class SampleRecords {

  private final String worker;

  SampleRecords(String worker) {
    this.worker = worker;
  }

  SampleGroup sampled(RolloutTask task, int deliveryCount, SampledGroup group) {
    boolean plain = drawsFromTheModel(task.getSampling());
    List<Sample> samples = new ArrayList<>(group.sequences().size());
    for (int i = 0; i < group.sequences().size(); i++) {
      samples.add(sample(group, i, plain));
    }
    return SampleGroup.newBuilder()
        .setTask(task)
        .setWorker(worker)
        .setDeliveryCount(deliveryCount)
        .setPromptTokens(list(group.prompt()))
        .setSamples(samples)
        .setStartedAt(group.times().started())
        .setFinishedAt(System.currentTimeMillis())
        .build();
  }

  SampleGroup failed(RolloutTask task, int deliveryCount, String reason, long startedAt) {
    return SampleGroup.newBuilder()
        .setTask(task)
        .setWorker(worker)
        .setDeliveryCount(deliveryCount)
        .setPromptTokens(List.of())
        .setSamples(List.of())
        .setFailure(reason)
        .setStartedAt(startedAt)
        .setFinishedAt(System.currentTimeMillis())
        .build();
  }

  /**
   * Whether the distribution that is drawn from is the model's own, by the parameters: two floats
   * that happen to be equal prove nothing.
   */
  static boolean drawsFromTheModel(Sampling sampling) {
    return sampling.getTemperature() == 1
        && sampling.getTopP() == 1
        && sampling.getTopK() == 0
        && sampling.getMinP() == 0
        && sampling.getRepetitionPenalty() == 1;
  }

  private static Sample sample(SampledGroup group, int index, boolean plain) {
    GeneratedSequence sequence = group.sequences().get(index);
    return new Sample(
        list(sequence.tokens()),
        list(sequence.logProbs()),
        plain ? List.of() : list(sequence.modelLogProbs()),
        segments(sequence.versions()),
        group.texts().get(index),
        finish(sequence.finish()),
        group.times().first(index),
        group.times().last(index));
  }

  /** Runs of tokens that one version wrote. */
  static List<VersionSegment> segments(long[] versions) {
    List<VersionSegment> segments = new ArrayList<>(1);
    int start = 0;
    for (int end = 1; end <= versions.length; end++) {
      if (end == versions.length || versions[end] != versions[start]) {
        segments.add(new VersionSegment(versions[start], start, end));
        start = end;
      }
    }
    return segments;
  }

  private static FinishReason finish(Finish finish) {
    return switch (finish) {
      case STOP_TOKEN, STOP_STRING -> FinishReason.STOP;
      case MAX_TOKENS, CONTEXT -> FinishReason.LENGTH;
      case CANCELLED -> FinishReason.ABORTED;
    };
  }

  private static List<Integer> list(int[] values) {
    return Arrays.stream(values).boxed().toList();
  }

  private static List<Float> list(float[] values) {
    List<Float> out = new ArrayList<>(values.length);
    for (float value : values) {
      out.add(value);
    }
    return out;
  }
}
