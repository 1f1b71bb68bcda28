package dev.millrace.learner.update;

import ai.djl.ndarray.NDArray;
import dev.millrace.learner.algorithm.ImportanceWeight;
import dev.millrace.learner.algorithm.ImportanceWeights;
import dev.millrace.learner.algorithm.KlDivergence;
import dev.millrace.learner.algorithm.KlPlace;
import dev.millrace.learner.algorithm.LossInputs;
import dev.millrace.learner.algorithm.OffPolicySettings;
import dev.millrace.learner.algorithm.PolicyLoss;
import dev.millrace.learner.algorithm.TokenWeights;
import dev.millrace.models.train.TokenScores;
import java.util.Arrays;

/** The loss of a micro-batch: that of the policy, the reference and the entropy, weighted. */
final class Objective {

  private final AlgorithmSettings settings;
  private final PolicyLoss policyLoss;

  Objective(AlgorithmSettings settings) {
    this.settings = settings;
    this.policyLoss = PolicyLoss.of(settings.loss());
  }

  /** Numbers of a micro-batch as they were when its loss was taken. */
  record Seen(float[] logProbs, float[] entropy, float[] old, boolean[] leftOut) {}

  /**
   * @param seen what was computed with: {@link #look} of the same scores
   */
  NDArray of(TokenScores scores, MicroBatch batch, TokenWeights weights, Seen seen) {
    NDArray l = scores.logProbs();
    NDArray old = scores.manager().create(seen.old());
    NDArray token =
        policyLoss.of(
            new LossInputs(
                scores.manager(),
                l,
                old,
                scores.manager().create(batch.flat(Objective::advantages)),
                batch.batch().offsets()));
    float[] share = share(batch, weights);
    NDArray shares = scores.manager().create(share);
    NDArray sum = token.mul(scores.manager().create(policyShare(batch, share, seen))).sum();
    if (settings.kl().place() == KlPlace.LOSS) {
      NDArray f = scores.manager().create(batch.flat(TrainingRow::reference));
      NDArray kl = KlDivergence.of(settings.kl().estimator(), l, f);
      sum = sum.add(kl.mul(shares).sum().mul((float) settings.kl().beta()));
    }
    if (settings.entropyBonus() > 0) {
      sum = sum.sub(scores.entropy().mul(shares).sum().mul((float) settings.entropyBonus()));
    }
    return sum;
  }

  /** Reads the scores out, and says what the ratio compares with and which rows are left out. */
  Seen look(TokenScores scores, MicroBatch batch) {
    float[] l = scores.logProbs().toFloatArray();
    float[] old =
        switch (settings.offPolicy().ratio()) {
          case BEHAVIOUR -> batch.flat(row -> row.sample().behaviour());
          // Before the first optimizer step of an update the start is now.
          case PROXIMAL ->
              batch.rows().getFirst().start() == null ? l : batch.flat(TrainingRow::start);
          case NONE -> l;
        };
    return new Seen(l, scores.entropy().toFloatArray(), old, masked(batch, l));
  }

  private boolean[] masked(MicroBatch batch, float[] l) {
    boolean[] out = new boolean[batch.rows().size()];
    double limit = settings.offPolicy().maskAbove();
    int at = 0;
    for (int i = 0; limit > 0 && i < out.length; i++) {
      TrainingRow row = batch.rows().get(i);
      out[i] = ImportanceWeights.tooFar(row.sample().behaviour(), l, at, row.advantages(), limit);
      at += row.tokens();
    }
    return out;
  }

  private static float[] share(MicroBatch batch, TokenWeights weights) {
    float[] out = new float[batch.batch().scored()];
    int at = 0;
    for (TrainingRow row : batch.rows()) {
      Arrays.fill(out, at, at + row.tokens(), (float) weights.of(row.tokens()));
      at += row.tokens();
    }
    return out;
  }

  // The share of each token in the loss, times its importance weight; 0 where its row is left out.
  private float[] policyShare(MicroBatch batch, float[] share, Seen seen) {
    OffPolicySettings off = settings.offPolicy();
    if (off.maskAbove() == 0 && off.weight() == ImportanceWeight.NONE) {
      return share;
    }
    float[] out = share.clone();
    int at = 0;
    for (int i = 0; i < batch.rows().size(); i++) {
      TrainingRow row = batch.rows().get(i);
      for (int t = 0; t < row.tokens(); t++, at++) {
        double weight = ImportanceWeights.of(off, seen.old()[at], row.sample().behaviour()[t]);
        out[at] *= seen.leftOut()[i] ? 0 : (float) weight;
      }
    }
    return out;
  }

  private static float[] advantages(TrainingRow row) {
    float[] out = new float[row.tokens()];
    for (int t = 0; t < out.length; t++) {
      out[t] = (float) row.advantages()[t];
    }
    return out;
  }
}
