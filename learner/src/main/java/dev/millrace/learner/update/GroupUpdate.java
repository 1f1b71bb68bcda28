package dev.millrace.learner.update;

import dev.millrace.learner.algorithm.KlPlace;
import dev.millrace.learner.algorithm.RatioReference;
import dev.millrace.models.train.Scores;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

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

  /**
   * @param reference null where the settings need none; {@code critic} likewise
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
      if (!(settings.loss().maskTruncated() && sample.truncated())) {
        rows.add(row);
      }
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
    List<MicroBatch> all = first.stream().flatMap(part -> part.parts().stream()).toList();
    if (reference != null) {
      reference.score(all);
    }
    if (critic != null) {
      critic.judge(all);
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
      loss += accumulate(batch, part, untouched);
      valueLoss += critic == null ? 0 : critic.accumulate(part, batch.weights());
    }
    statistics.step(loss, policy.step(settings.optimizer(), rate));
    if (critic != null) {
      statistics.criticStep(valueLoss, critic.step(update));
    }
  }

  private double accumulate(MiniBatch batch, MicroBatch part, boolean untouched) {
    AtomicReference<Objective.Seen> seen = new AtomicReference<>();
    double loss =
        policy
            .trainer()
            .accumulate(
                part.batch(),
                scores -> {
                  seen.set(objective.look(scores, part));
                  return objective.of(scores, part, batch.weights(), seen.get());
                });
    statistics.observe(part, seen.get());
    if (untouched && part.rows().getFirst().start() == null) {
      part.share(seen.get().logProbs(), TrainingRow::start);
    }
    return loss;
  }
}
