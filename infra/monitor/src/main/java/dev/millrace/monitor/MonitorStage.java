package dev.millrace.monitor;

import dev.millrace.contracts.Topic;
import dev.millrace.monitor.action.DocumentDeletion;
import dev.millrace.monitor.action.StageSwitch;
import dev.millrace.monitor.alarm.AlarmBoard;
import dev.millrace.monitor.deadletter.DeadLetterDesk;
import dev.millrace.monitor.lag.LagMeters;
import dev.millrace.monitor.lag.LagMonitor;
import dev.millrace.monitor.lag.LagSettings;
import dev.millrace.monitor.recent.Books;
import dev.millrace.monitor.recent.Tail;
import dev.millrace.monitor.scan.LogScan;
import dev.millrace.monitor.stream.Installation;
import dev.millrace.monitor.stream.StreamMeters;
import dev.millrace.monitor.stream.StreamPainter;
import dev.millrace.monitor.stream.StreamView;
import dev.millrace.monitor.trace.Tracer;
import dev.millrace.runtime.Settings;
import dev.millrace.runtime.Stage;
import dev.millrace.runtime.StageContext;
import dev.millrace.runtime.StageHealth;
import java.time.Duration;
import java.util.function.Predicate;

/**
 * Watches the whole stream for operators and dashboards. One process of an installation is enough;
 * several do no harm.
 */
public final class MonitorStage implements Stage {

  /** The name by which {@code --target} selects it. */
  public static final String NAME = "monitor";

  private final StageContext context;
  private final LagMonitor lag;
  private final Books books;
  private final Tail tail;
  private final AlarmBoard alarms;
  private final StreamPainter painter;
  private final DeadLetterDesk letters;
  private final Tracer tracer;
  private final LogScan look;
  private final DocumentDeletion deletion;
  private final StageSwitch stages;

  /**
   * Builds the stage; asks nothing yet.
   *
   * @throws dev.millrace.runtime.SettingsException when a setting is wrong
   */
  public MonitorStage(StageContext context) {
    this.context = context;
    Settings settings = context.settings();
    LagSettings watched = LagSettings.from(settings);
    this.books = Books.of(context);
    this.tail = books.tail(context);
    this.lag = monitor(context, watched, books.runs()::ended);
    var meters =
        new LagMeters(
            context.meters(), settings.text("millrace.monitor.cluster"), watched.mostSeries());
    this.painter = new StreamPainter(Installation.of(context), books, context.controls());
    this.alarms =
        new AlarmBoard(books, settings.duration("millrace.monitor.alarm-after"), context.meters());
    var stream = new StreamMeters(context.meters(), StageSwitch.STAGES);
    lag.onRefresh(meters::show);
    lag.onRefresh(
        seen -> {
          StreamView view = painter.paint(seen);
          stream.show(view);
          alarms.look(seen, view);
        });
    this.letters = DeadLetterDesk.open(context, lag::newest);
    this.tracer = Tracer.open(context);
    this.look = new LogScan(context.kafka().reader("millrace-look"));
    this.deletion =
        new DocumentDeletion(context.kafka(), context.topics().documents().name(), letters.log());
    this.stages = new StageSwitch(context, letters.log());
  }

  /** A monitor of lag for a command: it knows of no run that has ended. */
  public static LagMonitor monitor(StageContext context, LagSettings settings) {
    return monitor(context, settings, run -> false);
  }

  private static LagMonitor monitor(
      StageContext context, LagSettings settings, Predicate<String> endedRuns) {
    var installation = Installation.of(context);
    return new LagMonitor(
        context.kafka(),
        settings,
        context.topics().all().stream().map(Topic::name).toList(),
        installation.expected().stream()
            .filter(reader -> settings.groups().matcher(reader.group()).matches())
            .toList(),
        (group, all) -> installation.retired(group, all, endedRuns));
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public void start() {
    context.controls().start();
    tail.start();
    lag.start();
  }

  @Override
  public StageHealth health() {
    return lag.health().isReady() ? tail.health() : lag.health();
  }

  /** It holds nothing that could be lost. */
  @Override
  public boolean drain(Duration deadline) {
    return true;
  }

  @Override
  public void close() {
    lag.close();
    tail.close();
    letters.close();
    tracer.close();
    look.close();
  }

  public StageContext context() {
    return context;
  }

  public LagMonitor lag() {
    return lag;
  }

  public Books books() {
    return books;
  }

  public AlarmBoard alarms() {
    return alarms;
  }

  public DeadLetterDesk letters() {
    return letters;
  }

  public Tracer tracer() {
    return tracer;
  }

  /** For looks at single records. */
  public LogScan look() {
    return look;
  }

  public DocumentDeletion deletion() {
    return deletion;
  }

  /** For pausing stages. */
  public StageSwitch stages() {
    return stages;
  }

  /** The stream as it is now. */
  public StreamView stream() {
    return painter.paint(lag.newest());
  }
}
