package dev.millrace.learner.engine;

import dev.millrace.contracts.avro.PolicyVersion;
import dev.millrace.contracts.avro.StepKind;
import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.learner.curriculum.Curriculum;
import dev.millrace.learner.curriculum.Position;
import dev.millrace.learner.curriculum.PromptPool;
import dev.millrace.learner.ledger.Offsets;
import dev.millrace.learner.ledger.Outgoing;
import dev.millrace.learner.log.LogReader;
import dev.millrace.learner.machine.RunPhase;
import dev.millrace.learner.machine.RunState;
import dev.millrace.learner.run.RunSettings;
import dev.millrace.learner.snapshot.Snapshots;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.policy.PolicyVersions;
import dev.millrace.runtime.StageContext;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The START entry: the first version of the policy and the first tasks, as soon as there are
 * prompts.
 */
final class Beginning {

  private static final Duration REQUEST = Duration.ofSeconds(30);

  private final StageContext context;
  private final RunSettings settings;
  private final Curriculum curriculum;
  private final TorchRuntime runtime;
  private final Snapshots snapshots;
  private final StepTimes times;
  private final Clock clock;

  Beginning(
      StageContext context,
      RunSettings settings,
      Curriculum curriculum,
      TorchRuntime runtime,
      Snapshots snapshots,
      StepTimes times,
      Clock clock) {
    this.context = context;
    this.settings = settings;
    this.curriculum = curriculum;
    this.runtime = runtime;
    this.snapshots = snapshots;
    this.times = times;
    this.clock = clock;
  }

  /**
   * @param policy the caller's to close
   * @param outgoing to be committed
   */
  record Begun(LivePolicy policy, Outgoing outgoing) {}

  /** Empty while there are too few prompts; the listener hears how many there are. */
  Optional<Begun> tryToBegin(RunListener listener) {
    Position position = curriculum.now();
    PromptPool pool = curriculum.pool(position.held());
    Optional<String> missing = missing(pool);
    if (missing.isPresent()) {
      listener.idles(
          "run %s waits for prompts: %s (now %s)"
              .formatted(settings.run(), missing.get(), pool.describe()));
      return Optional.empty();
    }
    listener.waits("making the policy of run " + settings.run());
    StartPolicy start = StartPolicy.open(settings, context, runtime);
    LivePolicy policy = LivePolicy.of(settings, start.files(), start.weights());
    try {
      return Optional.of(new Begun(policy, entry(policy, position, pool)));
    } catch (RuntimeException e) {
      policy.close();
      throw e;
    }
  }

  private Optional<String> missing(PromptPool pool) {
    int wanted = settings.prompts().atLeast();
    if (pool.training().size() < wanted) {
      return Optional.of(
          "it needs %d to train on%s"
              .formatted(
                  wanted,
                  settings.prompts().tags().isEmpty()
                      ? ""
                      : " with the tags " + settings.prompts().tags()));
    }
    if (settings.warmStart().any() && pool.answered().length == 0) {
      return Optional.of("the warm start needs some with an answer");
    }
    boolean evaluates =
        settings.evaluation().every() > 0
            || settings.warmStart().any() && settings.warmStart().evaluated();
    return evaluates && pool.heldOut().size() == 0
        ? Optional.of("the evaluation needs some that are held out")
        : Optional.empty();
  }

  private Outgoing entry(LivePolicy policy, Position position, PromptPool pool) {
    long version =
        new PolicyVersions(context)
                .newest(settings.policy())
                .map(PolicyVersion::getVersion)
                .orElse(0L)
            + 1;
    RunPhase phase = RunPhase.first(settings);
    long now = clock.millis();
    int train = phase.trains() ? RunState.toIssue(settings, 0, 0) : 0;
    var made =
        new TaskMaker(settings, curriculum)
            .make(new TaskMaker.Entry(0, version, now), position, train, 0, null, phase);
    var offsets =
        new LogReader(context, context.topics().scoredSamples().name(), "learner-offsets", REQUEST)
            .ends();
    Map<String, Double> metrics = new TreeMap<>();
    metrics.put("prompts.training", (double) pool.training().size());
    metrics.put("prompts.held-out", (double) pool.heldOut().size());
    pool.skipped().forEach((reason, n) -> metrics.put("prompts.skipped." + reason, (double) n));
    TrainingStep entry =
        TrainingStep.newBuilder()
            .setRun(settings.run())
            .setStep(0)
            .setKind(StepKind.START)
            .setSettings(settings.resolved().toString())
            .setVersionBefore(version)
            .setVersionAfter(version)
            .setWeightsSha256("")
            .setIssued(made.ids())
            .setCurriculum(made.after().json())
            .setOffsets(Offsets.toEntry(offsets))
            .setMetrics(metrics)
            .setDetail(pool.describe())
            .setStartedAt(now)
            .setFinishedAt(now)
            .build();
    var weights =
        new EntryWeights(settings, policy, snapshots, times).into(entry, true, phase, version);
    return new Outgoing(entry, weights, made.tasks());
  }
}
