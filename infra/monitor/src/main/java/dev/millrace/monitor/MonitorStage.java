package dev.millrace.monitor;

import dev.millrace.contracts.Topic;
import dev.millrace.monitor.deadletter.DeadLetterDesk;
import dev.millrace.monitor.lag.ExpectedReader;
import dev.millrace.monitor.lag.GroupKind;
import dev.millrace.monitor.lag.LagMeters;
import dev.millrace.monitor.lag.LagMonitor;
import dev.millrace.monitor.lag.LagSettings;
import dev.millrace.runtime.Settings;
import dev.millrace.runtime.Stage;
import dev.millrace.runtime.StageContext;
import dev.millrace.runtime.StageHealth;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Watches the whole stream for operators and dashboards. One process of an installation is enough;
 * several do no harm.
 */
public final class MonitorStage implements Stage {

  /** The name by which {@code --target} selects it. */
  public static final String NAME = "monitor";

  private final LagMonitor lag;
  private final DeadLetterDesk letters;

  /**
   * Builds the stage; asks nothing yet.
   *
   * @throws dev.millrace.runtime.SettingsException when a setting is wrong
   */
  public MonitorStage(StageContext context) {
    Settings settings = context.settings();
    LagSettings watched = LagSettings.from(settings);
    this.lag = monitor(context, watched);
    var meters =
        new LagMeters(
            context.meters(), settings.text("millrace.monitor.cluster"), watched.mostSeries());
    lag.onRefresh(meters::show);
    this.letters = DeadLetterDesk.open(context, lag::newest);
  }

  /** A monitor of lag with what an installation is expected to have. */
  public static LagMonitor monitor(StageContext context, LagSettings settings) {
    return new LagMonitor(
        context.kafka(),
        settings,
        context.topics().all().stream().map(Topic::name).toList(),
        expected(context).stream()
            .filter(reader -> settings.groups().matcher(reader.group()).matches())
            .toList());
  }

  /** Groups that should read their topics from the beginning. */
  static List<ExpectedReader> expected(StageContext context) {
    var topics = context.topics();
    List<ExpectedReader> readers = new ArrayList<>();
    readers.add(
        new ExpectedReader(
            topics.prefix() + "preprocess", GroupKind.CONSUMER, topics.documents().name()));
    share(context, "millrace.rollout.group", topics.rolloutTasks(), readers);
    share(context, "millrace.reward.group", topics.samples(), readers);
    return readers;
  }

  private static void share(
      StageContext context, String key, Topic<?> topic, List<ExpectedReader> readers) {
    context
        .settings()
        .optional(key)
        .map(
            group ->
                new ExpectedReader(
                    context.topics().prefix() + group, GroupKind.SHARE, topic.name()))
        .ifPresent(readers::add);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public void start() {
    lag.start();
  }

  @Override
  public StageHealth health() {
    return lag.health();
  }

  /** It holds nothing that could be lost. */
  @Override
  public boolean drain(Duration deadline) {
    return true;
  }

  @Override
  public void close() {
    lag.close();
    letters.close();
  }

  public LagMonitor lag() {
    return lag;
  }

  public DeadLetterDesk letters() {
    return letters;
  }
}
