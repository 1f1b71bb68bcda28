package dev.millrace.rollout;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.avro.RolloutTask;
import dev.millrace.contracts.avro.SampleGroup;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.runtime.DeadLetters;
import dev.millrace.runtime.ResultLog;
import dev.millrace.runtime.ShareLoop;
import dev.millrace.runtime.Stage;
import dev.millrace.runtime.StageContext;
import dev.millrace.runtime.StageHealth;
import java.time.Duration;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tasks to groups of samples: a share group on {@code rollout-tasks}, so that there may be more
 * workers than partitions and each may come and go. A group is acknowledged by the broker before
 * its task is accepted, so a task is answered at least once.
 */
public final class RolloutStage implements Stage {

  static final String NAME = "rollout";

  private static final Logger LOG = LoggerFactory.getLogger(RolloutStage.class);

  private final Policies policies;
  private final Watch watch;
  private final ResultLog<SampleGroup> log;
  private final DeadLetters deadLetters;
  private final ShareLoop<RolloutTask> loop;
  private boolean closed;

  RolloutStage(StageContext context, RolloutSettings settings, Supplier<TorchRuntime> runtime) {
    var topics = context.topics();
    this.policies = new Policies(context, settings, runtime);
    this.watch = new Watch(policies, settings.worker(), context.meters());
    this.log = new ResultLog<>(context, topics.samples(), NAME + "-out");
    this.deadLetters =
        new DeadLetters(context.kafka(), topics.deadLetters(), NAME + "-dead", context.meters());
    var handler =
        new TaskHandler(
            new GroupSampler(policies, settings.versionWait()),
            new SampleRecords(settings.worker()),
            log,
            new RolloutMeters(context.meters()));
    var serde = new AvroSerde<>(context.registry(), topics.rolloutTasks());
    this.loop =
        new ShareLoop<>(
            NAME,
            context,
            settings.share(),
            topics.rolloutTasks(),
            serde::read,
            handler,
            deadLetters);
  }

  /**
   * Builds the stage; libtorch is loaded when the first task comes.
   *
   * @throws dev.millrace.runtime.SettingsException when a setting is wrong
   */
  public static RolloutStage of(StageContext context) {
    return new RolloutStage(
        context,
        RolloutSettings.from(context.settings(), context.topics().prefix()),
        () -> TorchRuntime.preferred(LOG::info));
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public void start() {
    watch.start();
    loop.start();
  }

  /** The loop's, or that of the policies where the loop is well. */
  @Override
  public StageHealth health() {
    StageHealth health = policies.health();
    return health instanceof StageHealth.Failed || loop.health().isReady() ? health : loop.health();
  }

  @Override
  public boolean drain(Duration deadline) {
    return loop.drain(deadline);
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    loop.close();
    watch.close();
    policies.close();
    log.close();
    deadLetters.close();
  }
}
