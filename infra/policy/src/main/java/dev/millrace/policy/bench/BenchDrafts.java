package dev.millrace.policy.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import dev.millrace.contracts.avro.PolicyVersion;
import dev.millrace.models.decoder.DecoderLayout;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.script.Scope;
import dev.millrace.models.train.Lora;
import dev.millrace.policy.PolicyDraft;
import dev.millrace.policy.PolicyFiles;
import dev.millrace.policy.WeightsType;
import java.util.Collection;
import java.util.Set;

/** Versions as a learner would publish them one after the other, of one kind. */
final class BenchDrafts implements AutoCloseable {

  /** How versions are published. */
  enum Kind {
    /** All weights. */
    WHOLE,
    /** As their difference from a whole one; 15 of 16. */
    DELTA,
    /** An adapter of rank 16 of all projections; all but the first. */
    ADAPTER
  }

  private static final int DELTAS = 15;
  private static final int RANK = 16;

  private final String policy;
  private final Kind kind;
  private final DecoderWeights weights;
  private final PolicyFiles files;
  private final WeightsType type;
  private final double rate;
  private final Lora lora;
  private PolicyDraft.AdapterOf base;

  /**
   * @param rate of learning: the most that a weight changes from one version to the next
   */
  BenchDrafts(
      String policy,
      Kind kind,
      DecoderWeights weights,
      PolicyFiles files,
      WeightsType type,
      double rate) {
    this.policy = policy;
    this.kind = kind;
    this.weights = weights;
    this.files = files;
    this.type = type;
    this.rate = rate;
    var all = new Lora.Settings(RANK, 2.0 * RANK, 0, Set.copyOf(DecoderLayout.PROJECTIONS));
    this.lora = kind == Kind.ADAPTER ? Lora.create(weights, all, 1) : null;
  }

  /** The next version, some steps of learning after the one before. */
  PolicyDraft next(long version) {
    if (kind == Kind.ADAPTER && base != null) {
      learn(lora.tensors().values());
      return PolicyDraft.adapter(policy, version, "bench", version, base, lora.views(), files);
    }
    if (kind != Kind.WHOLE && version > 1) {
      learn(weights.list());
    }
    return PolicyDraft.full(policy, version, "bench", version, weights, files, type)
        .withDeltas(kind == Kind.DELTA ? DELTAS : 0);
  }

  /** To be told what was published. */
  void published(PolicyVersion manifest) {
    if (kind == Kind.ADAPTER && base == null) {
      base =
          new PolicyDraft.AdapterOf(manifest.getVersion(), manifest.getSha256(), lora.settings());
    }
  }

  private void learn(Collection<PtNDArray> tensors) {
    try (Scope scope = Scope.open(weights.runtime())) {
      for (PtNDArray tensor : tensors) {
        try (NDArray change =
            scope
                .manager()
                .randomUniform((float) -rate, (float) rate, tensor.getShape(), DataType.FLOAT32)) {
          tensor.addi(change);
        }
      }
    }
  }

  @Override
  public void close() {
    if (lora != null) {
      lora.close();
    }
  }
}
