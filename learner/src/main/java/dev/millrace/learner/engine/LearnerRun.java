package dev.millrace.learner.engine;

import dev.millrace.contracts.avro.StepKind;
import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.learner.LearnerSettings;
import dev.millrace.learner.LearnerStage;
import dev.millrace.learner.batch.GroupArchive;
import dev.millrace.learner.batch.GroupFeed;
import dev.millrace.learner.curriculum.Curriculum;
import dev.millrace.learner.curriculum.PromptLog;
import dev.millrace.learner.ledger.Ledger;
import dev.millrace.learner.ledger.Outgoing;
import dev.millrace.learner.ledger.RunTransactions;
import dev.millrace.learner.machine.ArrivedGroup;
import dev.millrace.learner.machine.Decision;
import dev.millrace.learner.machine.Inbox;
import dev.millrace.learner.machine.Planner;
import dev.millrace.learner.machine.RunPhase;
import dev.millrace.learner.machine.RunState;
import dev.millrace.learner.machine.TaskId;
import dev.millrace.learner.machine.TaskKind;
import dev.millrace.learner.run.RunSettings;
import dev.millrace.learner.run.SettingsDifference;
import dev.millrace.learner.snapshot.Snapshots;
import dev.millrace.learner.trace.TaskTraces;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.runtime.SettingsException;
import dev.millrace.runtime.StageContext;
import dev.millrace.runtime.control.Gate;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One learner at work on one run, from the moment it takes the run over until the run ends or the
 * learner is told to stop. Confined to one thread; {@link #stop} may come from any.
 */
public final class LearnerRun implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(LearnerRun.class);
  private static final Duration LOOK = Duration.ofMillis(200);

  /** While an entry is being committed. */
  private static final Duration SOON = Duration.ofMillis(5);

  private final StageContext context;
  private final LearnerSettings learner;
  private final RunSettings file;
  private final TorchRuntime runtime;
  private final RunListener listener;
  private final Clock clock = Clock.systemUTC();
  private final StepTimes times;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final RunTransactions transactions;
  private final Commits commits;
  private final Snapshots snapshots;
  private final LearnerMeters meters;
  private final TaskTraces traces;
  private final Gate gate;
  private LivePolicy policy;
  private GroupFeed feed;
  private RunState state; // after the entry that is made, or on its way into the ledger
  private Inbox inbox;
  private TrainingStep committing; // null: none
  private Housekeeping housekeeping;

  /**
   * @param file the settings of the run; one that has begun must have begun with these
   * @param owner names this learner among all that ever were
   */
  public LearnerRun(
      StageContext context,
      LearnerSettings learner,
      RunSettings file,
      TorchRuntime runtime,
      String owner,
      LearnerMeters meters,
      RunListener listener) {
    this.context = Objects.requireNonNull(context, "context");
    this.learner = Objects.requireNonNull(learner, "learner");
    this.file = Objects.requireNonNull(file, "file");
    this.runtime = Objects.requireNonNull(runtime, "runtime");
    this.listener = Objects.requireNonNull(listener, "listener");
    this.transactions = new RunTransactions(context, file.run(), owner, learner.transactions());
    this.commits = new Commits(file.run(), transactions);
    this.snapshots = new Snapshots(learner.snapshots(), file.run(), learner.keepSnapshots());
    this.meters = Objects.requireNonNull(meters, "meters");
    this.times = new StepTimes(learner.leastUpdate());
    this.traces = new TaskTraces(context.tracing(), context.topics().rolloutTasks().name());
    this.gate = context.controls().gate(LearnerStage.NAME);
  }

  /** Makes entries until the run has ended or {@link #stop} is called. */
  public void run() throws InterruptedException {
    if (!mayWork()) {
      return;
    }
    listener.waits("taking over run " + file.run());
    transactions.takeOver();
    Duration deadline = learner.transactions().deadline();
    List<TrainingStep> entries = new Ledger(context, deadline).entries(file.run());
    RunSettings settings = entries.isEmpty() ? file : resumed(entries);
    var curriculum = new Curriculum(settings, new PromptLog(context, deadline));
    if (entries.isEmpty()) {
      if (!begin(settings, curriculum)) {
        return;
      }
    } else {
      resume(RunHistory.of(entries), curriculum);
    }
    work(settings, curriculum);
  }

  private RunSettings resumed(List<TrainingStep> entries) {
    RunSettings started = RunHistory.of(entries.subList(0, 1)).settings();
    SettingsDifference.first(file, started)
        .ifPresent(
            difference -> {
              throw new SettingsException(
                  "run %s has begun with other settings: %s; put them back, or give the run another name"
                      .formatted(file.run(), difference));
            });
    return started;
  }

  /** False if we are to stop before there are prompts. */
  private boolean begin(RunSettings settings, Curriculum curriculum) throws InterruptedException {
    var beginning = new Beginning(context, settings, curriculum, runtime, snapshots, times, clock);
    Optional<Beginning.Begun> begun = Optional.empty();
    while (begun.isEmpty()) {
      begun = beginning.tryToBegin(listener);
      if (begun.isEmpty() && stopping.await(1, TimeUnit.SECONDS)) {
        return false;
      }
    }
    policy = begun.get().policy();
    Outgoing outgoing = begun.get().outgoing();
    times.take();
    commit(outgoing);
    state = RunState.start(settings, outgoing.entry());
    settle(true);
    return true;
  }

  private void resume(RunHistory history, Curriculum curriculum) {
    state = history.state();
    if (state.phase() instanceof RunPhase.Ended) {
      return;
    }
    for (int i = 0; i < history.entries().size(); i++) {
      curriculum.add(history.entries().get(i), history.states().get(i).phase().updates());
    }
    var resuming =
        new Resuming(
            context,
            history,
            new Rebuilder(
                context,
                runtime,
                history,
                curriculum,
                snapshots,
                new GroupArchive(context, learner.transactions().deadline())),
            snapshots);
    Resuming.Resumed resumed = resuming.resume(listener);
    policy = resumed.policy();
    state = resumed.state();
    meters.resumed(resumed.reapplied(), resumed.seconds());
  }

  private void work(RunSettings settings, Curriculum curriculum) throws InterruptedException {
    if (policy == null) {
      done(new Planner(settings).decide(state, new Inbox(state.offsets()), 0, clock.millis()));
      return;
    }
    inbox = new Inbox(state.offsets());
    feed = new GroupFeed(context, settings.run(), state.offsets(), traces);
    feed.start();
    var planner = new Planner(settings);
    var maker =
        new EntryMaker(
            settings,
            policy.updater(),
            new Teacher(settings, curriculum, policy.text()),
            new TaskMaker(settings, curriculum),
            new EntryWeights(settings, policy, snapshots, times),
            times,
            clock);
    // What is on its way into the log is read from where it is trained.
    policy.updater().beforeChange(() -> settle(true));
    housekeeping = new Housekeeping(context, settings);
    while (mayWork()) {
      receive(Duration.ZERO);
      settle(false);
      int supply = curriculum.supply(state.position(), state.lacking(), state.phase().updates());
      switch (planner.decide(state, inbox, supply, clock.millis())) {
        case Decision.Wait wait -> await(wait);
        case Decision.Starve starve -> {
          settle(true);
          starve(starve);
        }
        case Decision.Done done -> {
          settle(true);
          done(done);
          return;
        }
        case Decision next -> enter(maker.make(state, inbox, next), curriculum);
      }
    }
    settle(true);
  }

  /**
   * Waits while the stage is paused; what is sampled meanwhile waits in the log. False when we are
   * to stop.
   */
  private boolean mayWork() throws InterruptedException {
    if (!gate.isOpen()) {
      settle(true);
      listener.idles("told to take in nothing new");
    }
    while (!gate.isOpen()) {
      if (stopping.await(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
        return false;
      }
    }
    return stopping.getCount() > 0;
  }

  private void await(Decision.Wait wait) throws InterruptedException {
    listener.works(state, wait.tasks());
    long until = Math.max(1, wait.until() - clock.millis());
    boolean held = commits.pending();
    long start = System.nanoTime();
    receive(Duration.ofMillis(Math.min((held ? SOON : LOOK).toMillis(), until)));
    times.add(held ? StepTimes.TRANSACTION : StepTimes.WAITING, System.nanoTime() - start);
  }

  private void starve(Decision.Starve starve) throws InterruptedException {
    listener.idles(
        "run %s waits for prompts: %d tasks are open, the next batch needs %d"
            .formatted(file.run(), starve.tasks(), starve.wanted()));
    long start = System.nanoTime();
    receive(LOOK);
    times.add(StepTimes.PROMPTS, System.nanoTime() - start);
  }

  private void receive(Duration wait) throws InterruptedException {
    Optional<GroupFeed.Fetched> fetched = feed.poll(wait);
    while (fetched.isPresent()) {
      fetched.get().groups().forEach(this::take);
      fetched.get().positions().forEach(inbox::position);
      fetched = feed.poll(Duration.ZERO);
    }
  }

  private void take(ArrivedGroup group) {
    TaskId id = group.task();
    boolean learned =
        inbox.wants(id, state)
            && group.failure().isEmpty()
            && state.open().get(id).kind() == TaskKind.TRAIN;
    inbox.accept(group, learned ? policy.updater().filter(group.group()) : Optional.empty(), state);
  }

  private void enter(Outgoing outgoing, Curriculum curriculum) {
    settle(true);
    commit(outgoing);
    TrainingStep entry = outgoing.entry();
    state = state.apply(entry);
    curriculum.add(entry, state.phase().updates());
    inbox.resolve(
        entry.getGroups().stream().map(outcome -> TaskId.parse(outcome.getTaskId())).toList());
  }

  /** Begins to commit an entry. */
  private void commit(Outgoing outgoing) {
    listener.commits(outgoing.entry());
    var sealed = times.measure(StepTimes.SERIALISATION, () -> transactions.seal(outgoing));
    sealed.records().forEach(traces::write);
    commits.begin(sealed);
    committing = outgoing.entry();
  }

  /**
   * Takes note of an entry that is committed.
   *
   * @param wait whether to wait for it
   */
  private void settle(boolean wait) {
    Optional<Duration> took = times.measure(StepTimes.TRANSACTION, () -> commits.ended(wait));
    if (took.isPresent()) {
      TrainingStep entry = committing;
      committing = null;
      made(entry, took.get());
    }
  }

  private void made(TrainingStep entry, Duration transaction) {
    meters.made(entry, state, transaction);
    traces.enter(entry);
    if (housekeeping != null) {
      housekeeping.after(state);
    }
    listener.made(entry, state);
    LOG.info(
        "entry run={} step={} kind={} version={} update={} reward={} greedy={} {}",
        entry.getRun(),
        entry.getStep(),
        entry.getKind(),
        entry.getVersionAfter(),
        entry.getMetrics().getOrDefault("update", 0.0).longValue(),
        entry.getMetrics().get("reward.mean"),
        entry.getMetrics().get("eval.greedy"),
        entry.getKind() == StepKind.END ? entry.getDetail() : "");
  }

  private void done(Decision decision) {
    if (decision instanceof Decision.Done done) {
      listener.ended(state, done.reason());
    }
  }

  /** Ends {@link #run} after the entry in hand. */
  public void stop() {
    stopping.countDown();
  }

  @Override
  public void close() {
    stop();
    if (feed != null) {
      feed.close();
    }
    commits.close();
    transactions.close();
    if (housekeeping != null) {
      housekeeping.close();
    }
    if (policy != null) {
      policy.close();
    }
  }
}
