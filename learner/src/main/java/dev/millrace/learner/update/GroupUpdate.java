package dev.millrace.learner.update;

import dev.millrace.learner.algorithm.CriticSettings;
import dev.millrace.learner.algorithm.KlPlace;
import dev.millrace.learner.algorithm.RatioReference;
import dev.millrace.models.train.LossFunction;
import dev.millrace.models.train.PolicyTrainer.Losses;
import dev.millrace.models.train.Scores;
import dev.millrace.models.train.TokenScores;
import dev.millrace.models.train.TokenValues;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;

/** One update of a policy from scored groups. */
final class GroupUpdate {

  private final AlgorithmSettings settings;
  private final TrainedPolicy policy;
  private final ReferencePolicy reference;
  private final PolicyCritic critic;
  private final BatchPlan plan;
  private final Objective objective;
  private final UpdateStatistics statistics;
  private final List<List<TrainingRow>> groups = new ArrayList<>();
  private final List<TrainingRow> rows = new ArrayList<>();
  private final List<TrainingRow> cutOff = new ArrayList<>();

  /**
   * @param reference null where the settings need none
   * @param critic null where the settings need none that is a decoder of its own
   */
  GroupUpdate(
      AlgorithmSettings settings,
      TrainedPolicy policy,
      ReferencePolicy reference,
      PolicyCritic critic,
      long seed,
      List<TrainingGroup> groups) {
    this.settings = settings;
    this.policy = policy;
    this.reference = reference;
    this.critic = critic;
    this.plan = new BatchPlan(settings.batches(), settings.loss(), seed);
    this.objective = new Objective(settings);
    this.statistics = new UpdateStatistics(settings);
    groups.forEach(this::add);
  }

  private void add(TrainingGroup group) {
    List<TrainingRow> added = new ArrayList<>();
    for (TrainingSample sample : group.samples()) {
      TrainingRow row = new TrainingRow(groups.size(), group.prompt(), sample);
      added.add(row);
      (settings.loss().maskTruncated() && sample.truncated() ? cutOff : rows).add(row);
    }
    groups.add(added);
  }

  /**
   * @throws RefusedUpdateException if it would break the policy; nothing has changed then
   */
  Map<String, Double> run(long update, long versionBefore) {
    int steps = plan.parts(rows.size()) * settings.batches().epochs();
    boolean several = steps > 1 || critic != null;
    return policy.wholly(several, () -> guarded(update, versionBefore));
  }

  private Map<String, Double> guarded(long update, long versionBefore) {
    if (critic == null) {
      return steps(update, versionBefore);
    }
    critic.remember();
    boolean done = false;
    try {
      Map<String, Double> metrics = steps(update, versionBefore);
      done = true;
      return metrics;
    } finally {
      if (!done) {
        critic.restore();
      }
    }
  }

  private Map<String, Double> steps(long update, long versionBefore) {
    List<MiniBatch> first = plan.epoch(rows, update, 0);
    prepare(first);
    new AdvantageAssignment(settings).assign(groups, rows);
    double rate = settings.optimizer().rates().at(update);
    for (int epoch = 0; epoch < settings.batches().epochs(); epoch++) {
      List<MiniBatch> parts = epoch == 0 ? first : plan.epoch(rows, update, epoch);
      for (int i = 0; i < parts.size(); i++) {
        step(parts.get(i), update, rate, epoch == 0 && i == 0);
      }
    }
    Map<String, Double> out = statistics.metrics();
    out.putAll(new SampleStatistics(settings, groups, rows).metrics(versionBefore));
    out.put(UpdateMetrics.LEARNING_RATE, rate);
    return out;
  }

  // What must be known of the policy as it is before the first step changes it.
  private void prepare(List<MiniBatch> first) {
    List<MicroBatch> all =
        first.stream()
            .flatMap(part -> part.parts().stream())
            .collect(Collectors.toCollection(ArrayList::new));
    if (settings.kl().place() == KlPlace.REWARD
        && settings.advantage().estimator().relativeToGroup()) {
      // Their rewards, too, are part of what the others are compared with.
      all.addAll(MicroBatch.split(cutOff, settings.batches().microBatchTokens()));
    }
    if (reference != null) {
      reference.score(all);
    }
    if (critic != null) {
      critic.judge(all);
    } else if (settings.sharesStates()) {
      all.forEach(part -> part.share(policy.trainer().values(part.batch()), TrainingRow::values));
    }
    if (settings.kl().place() == KlPlace.REWARD) {
      start(all);
    } else if (settings.offPolicy().ratio() == RatioReference.PROXIMAL) {
      // The first mini-batch meets the policy of the start anyway.
      first.stream().skip(1).forEach(part -> start(part.parts()));
    }
  }

  private void start(List<MicroBatch> batches) {
    for (MicroBatch batch : batches) {
      Scores scores = policy.trainer().score(batch.batch());
      batch.share(scores.logProbs(), TrainingRow::start);
    }
  }

  private void step(MiniBatch batch, long update, double rate, boolean untouched) {
    double loss = 0;
    double valueLoss = 0;
    for (MicroBatch part : batch.parts()) {
      Losses losses = accumulate(batch, part, untouched);
      loss += losses.policy();
      valueLoss +=
          critic == null ? losses.value() : critic.accumulate(part, batch.weights(), statistics);
    }
    double norm = policy.step(settings.optimizer(), rate);
    statistics.step(loss, norm);
    if (critic != null) {
      statistics.criticStep(valueLoss, critic.step(update));
    } else if (settings.sharesStates()) {
      statistics.criticStep(valueLoss, norm);
    }
  }

  private Losses accumulate(MiniBatch batch, MicroBatch part, boolean untouched) {
    AtomicReference<Objective.Seen> seen = new AtomicReference<>();
    LossFunction<TokenScores> loss =
        scores -> {
          seen.set(objective.look(scores, part));
          return objective.of(scores, part, batch.weights(), seen.get());
        };
    Losses losses =
        settings.sharesStates()
            ? policy.trainer().accumulate(part.batch(), loss, valueLoss(batch, part))
            : new Losses(policy.trainer().accumulate(part.batch(), loss), 0);
    statistics.observe(part, seen.get());
    if (untouched && part.rows().getFirst().start() == null) {
      part.share(seen.get().logProbs(), TrainingRow::start);
    }
    return losses;
  }

  private LossFunction<TokenValues> valueLoss(MiniBatch batch, MicroBatch part) {
    CriticSettings critic = settings.critic();
    return CriticLoss.of(part, batch.weights(), critic.clip(), critic.weight(), statistics);
  }
}
