package dev.millrace.learner;

import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.contracts.registry.RegistryException;
import dev.millrace.learner.engine.LearnerMeters;
import dev.millrace.learner.engine.LearnerRun;
import dev.millrace.learner.engine.RunListener;
import dev.millrace.learner.machine.RunState;
import dev.millrace.learner.run.RunFile;
import dev.millrace.learner.run.RunSettings;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.policy.PolicyException;
import dev.millrace.runtime.Backoff;
import dev.millrace.runtime.RetriableException;
import dev.millrace.runtime.Stage;
import dev.millrace.runtime.StageContext;
import dev.millrace.runtime.StageHealth;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The learner: prompts to tasks, scored groups to new versions of a policy. It runs the run whose
 * settings file is named by {@code millrace.learner.config}; without one it is idle. A run that has
 * begun is resumed; one that has ended is left as it is.
 */
public final class LearnerStage implements Stage {

  /** The name by which {@code --target} selects it. */
  public static final String NAME = "learner";

  private static final Logger LOG = LoggerFactory.getLogger(LearnerStage.class);

  private final StageContext context;
  private final LearnerSettings settings;
  private final Optional<RunSettings> run;
  private final RunListener outer;
  private final String owner;
  private final Thread thread;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile StageHealth health = new StageHealth.Starting("not started");
  private volatile LearnerRun current;

  /**
   * @param run what to do; empty: nothing
   * @param listener hears every entry, beside the log and the meters
   */
  public LearnerStage(
      StageContext context,
      LearnerSettings settings,
      Optional<RunSettings> run,
      RunListener listener) {
    this.context = Objects.requireNonNull(context, "context");
    this.settings = Objects.requireNonNull(settings, "settings");
    this.run = Objects.requireNonNull(run, "run");
    this.outer = Objects.requireNonNull(listener, "listener");
    this.owner =
        context.settings().text("millrace.instance")
            + "-"
            + ProcessHandle.current().pid()
            + "-"
            + UUID.randomUUID().toString().substring(0, 8);
    this.thread = Thread.ofPlatform().name("learner").daemon().unstarted(this::live);
  }

  /**
   * Builds the stage from settings.
   *
   * @param profiles the reward profiles that are known, and whether each needs an answer; none:
   *     prompts of every profile are taken
   * @throws dev.millrace.runtime.SettingsException when a setting or the run's file is wrong
   */
  public static LearnerStage of(StageContext context, Map<String, Boolean> profiles) {
    LearnerSettings settings = LearnerSettings.from(context.settings());
    Optional<RunSettings> run =
        settings
            .config()
            .map(RunFile::read)
            .map(read -> read.prompts().profiles().isEmpty() ? read.withProfiles(profiles) : read);
    return new LearnerStage(context, settings, run, new RunListener() {});
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public void start() {
    thread.start();
  }

  @Override
  public StageHealth health() {
    return health;
  }

  private void live() {
    try {
      if (run.isEmpty()) {
        health = new StageHealth.Idle("millrace.learner.config names no run");
        LOG.info(health.describe());
        stopping.await();
      } else {
        repeat(run.get());
      }
    } catch (InterruptedException | InterruptException e) {
      Thread.currentThread().interrupt();
    } finally {
      if (stopping.getCount() == 0 && !(health instanceof StageHealth.Failed)) {
        health = new StageHealth.Stopped();
      }
      ended.countDown();
    }
  }

  /** A learner that lost a server begins again from the ledger. */
  private void repeat(RunSettings file) throws InterruptedException {
    var backoff = new Backoff(Duration.ofMillis(200), Duration.ofSeconds(5));
    var meters = new LearnerMeters(context.meters(), file.run(), file.policy());
    var listener = new Listener(backoff);
    while (stopping.getCount() > 0) {
      var learner = new LearnerRun(context, settings, file, runtime(), owner, meters, listener);
      current = learner;
      try (learner) {
        if (stopping.getCount() > 0) {
          learner.run();
        }
        return;
      } catch (InterruptException e) {
        throw e;
      } catch (RuntimeException e) {
        if (!mayGoBetter(e)) {
          LOG.error("learner ended run={} error=\"{}\"", file.run(), e.toString());
          LOG.debug("learner ended", e);
          health = new StageHealth.Failed(String.valueOf(e.getMessage()));
          return;
        }
        Duration wait = backoff.next();
        LOG.warn(
            "held up stage={} retry_in_ms={} error=\"{}\"", NAME, wait.toMillis(), e.getMessage());
        health = new StageHealth.Degraded(String.valueOf(e.getMessage()));
        if (stopping.await(wait.toMillis(), TimeUnit.MILLISECONDS)) {
          return;
        }
      }
    }
  }

  private TorchRuntime runtime() {
    return TorchRuntime.preferred(line -> health = new StageHealth.Starting(line));
  }

  private static boolean mayGoBetter(RuntimeException e) {
    return e instanceof RetriableException
        || e instanceof RegistryException.Unavailable
        || e instanceof KafkaException
        || e instanceof PolicyException policy && policy.reason() == PolicyException.Reason.TIMEOUT;
  }

  private final class Listener implements RunListener {

    private final Backoff backoff;

    Listener(Backoff backoff) {
      this.backoff = backoff;
    }

    @Override
    public void waits(String reason) {
      health = new StageHealth.Starting(reason);
      outer.waits(reason);
    }

    @Override
    public void idles(String reason) {
      health = new StageHealth.Idle(reason);
      outer.idles(reason);
    }

    @Override
    public void works(RunState state, int missing) {
      health = new StageHealth.Ready();
      outer.works(state, missing);
    }

    @Override
    public void commits(TrainingStep entry) {
      outer.commits(entry);
    }

    @Override
    public void made(TrainingStep entry, RunState after) {
      backoff.reset();
      health = new StageHealth.Ready();
      outer.made(entry, after);
    }

    @Override
    public void ended(RunState state, String reason) {
      health = new StageHealth.Idle("run " + state.settings().run() + " has ended: " + reason);
      LOG.info(
          "run={} has ended step={} reason=\"{}\"", state.settings().run(), state.step(), reason);
      outer.ended(state, reason);
    }
  }

  @Override
  public boolean drain(Duration deadline) {
    stopping.countDown();
    LearnerRun learner = current;
    if (learner != null) {
      learner.stop();
    }
    try {
      return thread.getState() == Thread.State.NEW
          || ended.await(deadline.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  @Override
  public void close() {
    if (!drain(Duration.ofSeconds(10))) {
      thread.interrupt();
    }
  }
}
