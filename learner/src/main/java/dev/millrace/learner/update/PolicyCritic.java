package dev.millrace.learner.update;

import dev.millrace.learner.algorithm.CriticSettings;
import dev.millrace.learner.algorithm.TokenWeights;
import dev.millrace.models.checkpoint.Checkpoint;
import dev.millrace.models.checkpoint.SafetensorsWriter;
import dev.millrace.models.checkpoint.Tensor;
import dev.millrace.models.checkpoint.TensorDigest;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.train.AdamW;
import dev.millrace.models.train.CriticTrainer;
import dev.millrace.models.train.Rollback;
import dev.millrace.models.train.TrainSettings;
import dev.millrace.models.train.ValueHead;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The critic of PPO: a decoder of its own, which began as a copy of the policy, and a value head.
 */
final class PolicyCritic implements AutoCloseable {

  private static final String FILE = "critic";

  private final CriticSettings settings;
  private final DecoderWeights weights;
  private final ValueHead head;
  private final CriticTrainer trainer;
  private final AdamW optimizer;
  private final Rollback rollback;

  private PolicyCritic(
      DecoderWeights weights, ValueHead head, TrainSettings training, CriticSettings settings) {
    this.settings = settings;
    this.weights = weights;
    this.head = head;
    this.trainer = new CriticTrainer(weights, head, training);
    this.optimizer = new AdamW(trainer.parameters(), settings.optimizer().adamW());
    this.rollback = new Rollback(optimizer);
  }

  /** A critic with the weights of a policy, which says 0 of everything. */
  static PolicyCritic of(DecoderWeights policy, TrainSettings training, CriticSettings settings) {
    return new PolicyCritic(
        policy.duplicate(), ValueHead.zero(policy.runtime(), policy.config()), training, settings);
  }

  /** What {@link #save} wrote; null if nothing was saved. */
  static PolicyCritic load(
      Path directory, DecoderWeights policy, TrainSettings training, CriticSettings settings) {
    if (!Files.exists(directory.resolve(FILE + ".safetensors"))) {
      return null;
    }
    PolicyCritic critic = of(policy, training, settings);
    try (Checkpoint checkpoint = Checkpoint.open(directory, FILE)) {
      Map<String, Tensor> saved = new LinkedHashMap<>(checkpoint.tensors());
      critic.trainer.parameters().load(saved);
      critic.optimizer.load(saved);
      return critic;
    } catch (RuntimeException e) {
      critic.close();
      throw e;
    }
  }

  void save(Path directory) {
    SafetensorsWriter.write(directory.resolve(FILE + ".safetensors"), tensors());
  }

  String sha256() {
    return TensorDigest.sha256(tensors());
  }

  private List<Tensor> tensors() {
    List<Tensor> out = new ArrayList<>(weights.tensors());
    out.addAll(head.save());
    out.addAll(optimizer.state());
    return out;
  }

  /** Gives every row its values. */
  void judge(List<MicroBatch> batches) {
    for (MicroBatch batch : batches) {
      batch.share(trainer.values(batch.batch()), TrainingRow::values);
    }
  }

  /** Adds a micro-batch to the gradient and returns its loss. */
  double accumulate(MicroBatch batch, TokenWeights weights, UpdateStatistics statistics) {
    return trainer.accumulate(
        batch.batch(), CriticLoss.of(batch, weights, settings.clip(), 1, statistics));
  }

  /** Makes a step along what has accumulated; returns the norm of the gradient. */
  double step(long update) {
    double norm = trainer.parameters().clipGradients(settings.optimizer().gradNorm());
    optimizer.step(settings.optimizer().rates().at(update));
    trainer.parameters().zeroGradients();
    return norm;
  }

  void remember() {
    rollback.remember();
  }

  void restore() {
    trainer.parameters().zeroGradients();
    rollback.restore();
  }

  @Override
  public void close() {
    rollback.close();
    optimizer.close();
    trainer.close();
    head.close();
    weights.close();
  }
}
