package dev.millrace.learner.update;

import dev.millrace.models.decoder.DecoderWeights;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Skeleton; see the next commit. */
public final class PolicyUpdater implements AutoCloseable {

  private final DecoderWeights weights;

  /**
   * @param weights trained in place; this object owns and closes them
   */
  public PolicyUpdater(
      DecoderWeights weights, AlgorithmSettings settings, SftSettings sft, long seed) {
    this.weights = weights;
  }

  /** Why a group teaches nothing, as a reason code; empty if it does teach. */
  public Optional<String> filter(TrainingGroup group) {
    throw new UnsupportedOperationException();
  }

  /**
   * @param groups filtered and ordered; not empty
   * @param update counts from 1
   * @param versionBefore the version of the weights as they are
   */
  public UpdateReport update(List<TrainingGroup> groups, long update, long versionBefore) {
    throw new UnsupportedOperationException();
  }

  /**
   * @param update counts from 1
   */
  public UpdateReport warmUp(List<SftExample> examples, long update) {
    throw new UnsupportedOperationException();
  }

  public void resetOptimizer() {
    throw new UnsupportedOperationException();
  }

  public DecoderWeights weights() {
    return weights;
  }

  public String weightsSha256() {
    return weights.sha256();
  }

  public String optimizerSha256() {
    throw new UnsupportedOperationException();
  }

  public void save(Path directory) {
    throw new UnsupportedOperationException();
  }

  public void load(Path directory) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {
    weights.close();
  }
}
