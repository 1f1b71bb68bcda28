package dev.millrace.reward;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.avro.SampleGroup;
import dev.millrace.contracts.avro.ScoredGroup;
import dev.millrace.reward.function.RewardRegistry;
import dev.millrace.reward.profile.RewardProfiles;
import dev.millrace.runtime.DeadLetters;
import dev.millrace.runtime.ResultLog;
import dev.millrace.runtime.ShareLoop;
import dev.millrace.runtime.Stage;
import dev.millrace.runtime.StageContext;
import dev.millrace.runtime.StageHealth;
import java.time.Duration;

/**
 * Groups of samples to scored groups: a share group on {@code samples}, so that there may be more
 * workers than partitions and a slow group holds up no other.
 */
public final class RewardStage implements Stage {

  static final String NAME = "reward";

  private final RewardProfiles profiles;
  private final ScoringThreads threads;
  private final ResultLog<ScoredGroup> log;
  private final DeadLetters deadLetters;
  private final ShareLoop<SampleGroup> loop;
  private boolean closed;

  RewardStage(StageContext context, RewardSettings settings, RewardProfiles profiles) {
    var topics = context.topics();
    this.profiles = profiles;
    this.threads =
        new ScoringThreads(settings.share().inHand(), settings.mostStuck(), settings.deadline());
    this.log = new ResultLog<>(context, topics.scoredSamples(), NAME + "-out");
    this.deadLetters =
        new DeadLetters(context.kafka(), topics.deadLetters(), NAME + "-dead", context.meters());
    var handler =
        new GroupHandler(
            settings.worker(),
            new GroupScorer(profiles),
            threads,
            log,
            new RewardMeters(context.meters(), threads));
    var serde = new AvroSerde<>(context.registry(), topics.samples());
    this.loop =
        new ShareLoop<>(
            NAME, context, settings.share(), topics.samples(), serde::read, handler, deadLetters);
  }

  /**
   * Builds the stage with the profiles that the settings name.
   *
   * @throws dev.millrace.runtime.SettingsException when a setting or a profile is wrong
   */
  public static RewardStage of(StageContext context) {
    var settings = RewardSettings.from(context.settings(), context.topics().prefix());
    return new RewardStage(
        context, settings, RewardProfiles.load(RewardRegistry.load(), settings.profiles()));
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public void start() {
    loop.start();
  }

  @Override
  public StageHealth health() {
    return loop.health();
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
    threads.close();
    log.close();
    deadLetters.close();
    profiles.close();
  }
}
