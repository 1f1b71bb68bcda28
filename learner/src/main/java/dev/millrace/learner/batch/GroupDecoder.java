package dev.millrace.learner.batch;

import dev.millrace.contracts.avro.FinishReason;
import dev.millrace.contracts.avro.RolloutTask;
import dev.millrace.contracts.avro.Sample;
import dev.millrace.contracts.avro.SampleGroup;
import dev.millrace.contracts.avro.Score;
import dev.millrace.contracts.avro.ScoredGroup;
import dev.millrace.contracts.avro.VersionSegment;
import dev.millrace.learner.machine.ArrivedGroup;
import dev.millrace.learner.machine.TaskId;
import dev.millrace.learner.update.TrainingGroup;
import dev.millrace.learner.update.TrainingSample;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Turns a scored group into arrays to learn from. Deterministic: the same record gives the same
 * group, whoever reads it when.
 */
public final class GroupDecoder {

  /** A certain token may come out a little above 0. */
  private static final float ROUNDING = 1e-3f;

  private GroupDecoder() {}

  /** What is wrong with a group, as a reason code. */
  private static final class Malformed extends Exception {

    private static final long serialVersionUID = 1;

    Malformed(String reason) {
      super(reason, null, false, false);
    }
  }

  /**
   * The group, or what is wrong with it as its failure.
   *
   * @throws IllegalArgumentException if its task has no name of ours
   */
  public static ArrivedGroup decode(ScoredGroup scored, int partition, long offset) {
    SampleGroup group = scored.getGroup();
    RolloutTask task = group.getTask();
    String failure = group.getFailure() != null ? group.getFailure() : scored.getFailure();
    List<TrainingSample> samples = new ArrayList<>();
    if (failure == null) {
      try {
        samples.addAll(samples(scored));
      } catch (Malformed e) {
        failure = e.getMessage();
      }
    }
    long oldest = Long.MAX_VALUE;
    long newest = -1;
    for (TrainingSample sample : samples) {
      for (long version : sample.versions()) {
        oldest = Math.min(oldest, version);
        newest = Math.max(newest, version);
      }
    }
    return new ArrivedGroup(
        TaskId.parse(task.getTaskId()),
        partition,
        offset,
        Optional.ofNullable(failure),
        new TrainingGroup(task.getTaskId(), ints(group.getPromptTokens()), samples),
        task.getPromptId(),
        task.getTags(),
        oldest,
        newest);
  }

  private static List<TrainingSample> samples(ScoredGroup scored) throws Malformed {
    SampleGroup group = scored.getGroup();
    int size = group.getTask().getGroupSize();
    if (group.getPromptTokens().isEmpty()) {
      throw new Malformed("empty-prompt");
    }
    if (group.getSamples().size() != size) {
      throw new Malformed("incomplete-group");
    }
    if (scored.getScores().size() != size) {
      throw new Malformed("incomplete-scores");
    }
    List<TrainingSample> samples = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      samples.add(sample(group.getSamples().get(i), scored.getScores().get(i)));
    }
    return samples;
  }

  private static TrainingSample sample(Sample sample, Score score) throws Malformed {
    if (sample.getFinishReason() == FinishReason.ABORTED) {
      throw new Malformed("aborted-completion");
    }
    if (!Double.isFinite(score.getTotal())) {
      throw new Malformed("non-finite-reward");
    }
    if (sample.getLogProbs().size() != sample.getTokens().size()) {
      throw new Malformed("malformed-logprobs");
    }
    return new TrainingSample(
        ints(sample.getTokens()),
        logProbs(sample.getLogProbs()),
        versions(sample),
        score.getTotal(),
        score.getComponents(),
        sample.getFinishReason() == FinishReason.LENGTH);
  }

  private static float[] logProbs(List<Float> list) throws Malformed {
    float[] out = new float[list.size()];
    for (int i = 0; i < out.length; i++) {
      out[i] = list.get(i);
      if (!(out[i] <= ROUNDING && out[i] > Float.NEGATIVE_INFINITY)) {
        throw new Malformed("malformed-logprobs");
      }
    }
    return out;
  }

  private static long[] versions(Sample sample) throws Malformed {
    long[] versions = new long[sample.getTokens().size()];
    int at = 0;
    for (VersionSegment segment : sample.getSegments()) {
      if (segment.getStart() != at
          || segment.getEnd() <= at
          || segment.getEnd() > versions.length) {
        throw new Malformed("malformed-segments");
      }
      while (at < segment.getEnd()) {
        versions[at++] = segment.getVersion();
      }
    }
    if (at != versions.length) {
      throw new Malformed("malformed-segments");
    }
    return versions;
  }

  private static int[] ints(List<Integer> list) {
    return list.stream().mapToInt(Integer::intValue).toArray();
  }
}
