package dev.millrace.learner.update;

import dev.millrace.models.decoder.DecoderConfig;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.decoder.Initialisation;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.models.train.PolicyTrainer;
import dev.millrace.models.train.ScoredTokens;
import dev.millrace.models.train.TokenBatch;
import dev.millrace.models.train.TrainSettings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** A tiny policy, and groups that it could have sampled. */
final class Samples {

  static final TorchRuntime CPU = TorchRuntime.cpu();
  static final DecoderConfig CONFIG = DecoderConfig.llama(17, 16, 2, 4, 2, 24, 32);
  static final long VERSION = 5;

  private Samples() {}

  static DecoderWeights weights() {
    return DecoderWeights.random(CPU, CONFIG, Initialisation.SCALED, 4);
  }

  /** Groups whose behaviour is exactly that of {@link #weights}, with different lengths. */
  static List<TrainingGroup> groups(int prompts, int copies, long seed) {
    var random = new SplittableRandom(seed);
    List<TrainingGroup> out = new ArrayList<>();
    try (DecoderWeights weights = weights();
        PolicyTrainer scorer = PolicyTrainer.frozen(weights, TrainSettings.of(CONFIG.vocab()))) {
      for (int i = 0; i < prompts; i++) {
        int[] prompt = random.ints(1 + random.nextInt(6), 0, 17).toArray();
        List<TrainingSample> samples = new ArrayList<>();
        for (int k = 0; k < copies; k++) {
          int[] tokens = random.ints(1 + random.nextInt(7), 0, 17).toArray();
          float[] logProbs =
              scorer.score(TokenBatch.of(List.of(ScoredTokens.of(prompt, tokens)))).logProbs();
          samples.add(sample(tokens, logProbs, k % 3 == 0 ? 1 : random.nextDouble()));
        }
        out.add(new TrainingGroup("run/1/" + i, prompt, samples));
      }
    }
    return out;
  }

  static TrainingSample sample(int[] tokens, float[] behaviour, double reward) {
    long[] versions = new long[tokens.length];
    Arrays.fill(versions, VERSION);
    return new TrainingSample(tokens, behaviour, versions, reward, Map.of("exact", reward), false);
  }

  /** The same groups, sampled by another policy: every log-probability moved a little. */
  static List<TrainingGroup> stale(List<TrainingGroup> groups, double by) {
    var random = new SplittableRandom(8);
    return groups.stream()
        .map(
            group ->
                new TrainingGroup(
                    group.taskId(),
                    group.prompt(),
                    group.samples().stream()
                        .map(
                            sample -> {
                              float[] moved = sample.behaviour();
                              float[] b = new float[moved.length];
                              for (int t = 0; t < b.length; t++) {
                                b[t] = moved[t] + (float) random.nextDouble(-by, by);
                              }
                              return sample(sample.tokens(), b, sample.reward());
                            })
                        .toList()))
        .toList();
  }
}
