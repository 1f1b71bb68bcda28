package dev.millrace.reward.function;

import dev.millrace.models.checkpoint.CheckpointException;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.models.tokenizer.TokenizerException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The score of a trained reward model (see {@link RewardModel}). Options: {@code model} (required,
 * the directory); {@code label} (0: which of its logits); {@code squash} (true: 1 / (1 + e^-x),
 * from 0 to 1); {@code step-mark}: when set, the completion is scored up to the end of every step,
 * steps being parted by the mark, and {@code over-steps} (min, mean, last, product) makes one
 * number of them.
 */
final class LearnedReward implements RewardFunction {

  /** How the scores of steps become one. */
  enum OverSteps {
    MIN,
    MEAN,
    LAST,
    PRODUCT
  }

  private static final Logger LOG = LoggerFactory.getLogger(LearnedReward.class);

  private final RewardModel model;
  private final int label;
  private final boolean squash;
  private final String mark;
  private final OverSteps over;

  LearnedReward(RewardModel model, int label, boolean squash, String mark, OverSteps over) {
    this.model = model;
    this.label = label;
    this.squash = squash;
    this.mark = mark;
    this.over = over;
  }

  static LearnedReward from(Options options) {
    String directory =
        options
            .text("model")
            .orElseThrow(() -> new IllegalArgumentException("option 'model' is missing"));
    RewardModel model;
    try {
      model = RewardModel.open(TorchRuntime.preferred(LOG::info), Path.of(directory));
    } catch (CheckpointException | TokenizerException e) {
      throw new IllegalArgumentException("option 'model': " + e.getMessage(), e);
    }
    int label = options.integer("label", 0, 10_000).orElse(0);
    if (label >= model.labels()) {
      String message =
          "option 'label' is %d, but the model has %d logits".formatted(label, model.labels());
      model.close();
      throw new IllegalArgumentException(message);
    }
    String mark = options.text("step-mark").orElse("");
    OverSteps over = options.choice("over-steps", OverSteps.class, OverSteps.MIN);
    return new LearnedReward(model, label, options.flag("squash", true), mark, over);
  }

  @Override
  public double min() {
    return squash ? 0 : -Float.MAX_VALUE;
  }

  @Override
  public double max() {
    return squash ? 1 : Float.MAX_VALUE;
  }

  @Override
  public boolean needsAnswer() {
    return false;
  }

  @Override
  public double score(RewardInput input) {
    return scoreAll(List.of(input)).getFirst();
  }

  @Override
  public List<Double> scoreAll(List<RewardInput> group) {
    List<RewardModel.Answer> answers = new ArrayList<>();
    int[] ends = new int[group.size()];
    for (int i = 0; i < group.size(); i++) {
      for (String upTo : steps(group.get(i).text())) {
        answers.add(new RewardModel.Answer(group.get(i).messages(), upTo));
      }
      ends[i] = answers.size();
    }
    float[][] logits = model.logits(answers);
    List<Double> scores = new ArrayList<>();
    int start = 0;
    for (int end : ends) {
      double[] steps = new double[end - start];
      for (int i = start; i < end; i++) {
        double logit = logits[i][label];
        steps[i - start] = squash ? 1 / (1 + Math.exp(-logit)) : logit;
      }
      scores.add(together(steps, over));
      start = end;
    }
    return scores;
  }

  /** The completion up to the end of each of its steps. */
  List<String> steps(String text) {
    List<String> steps = new ArrayList<>();
    int at = mark.isEmpty() ? -1 : text.indexOf(mark);
    while (at >= 0) {
      String upTo = text.substring(0, at);
      if (!upTo.isBlank()) {
        steps.add(upTo);
      }
      at = text.indexOf(mark, at + mark.length());
    }
    boolean endsWithMark = !mark.isEmpty() && text.stripTrailing().endsWith(mark.strip());
    if (steps.isEmpty() || !endsWithMark) {
      steps.add(text);
    }
    return steps;
  }

  static double together(double[] steps, OverSteps over) {
    return switch (over) {
      case MIN -> java.util.Arrays.stream(steps).min().orElseThrow();
      case MEAN -> java.util.Arrays.stream(steps).average().orElseThrow();
      case LAST -> steps[steps.length - 1];
      case PRODUCT -> java.util.Arrays.stream(steps).reduce(1, (a, b) -> a * b);
    };
  }

  @Override
  public void close() {
    model.close();
  }
}
