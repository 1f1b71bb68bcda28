package dev.millrace.monitor.lag;

import dev.millrace.runtime.Backoff;
import dev.millrace.runtime.KafkaSettings;
import dev.millrace.runtime.StageHealth;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches lag: asks Kafka again and again, on one thread of its own, and keeps the newest answer.
 * What it may cost is bounded: after a refresh it rests at least nineteen times as long as the
 * refresh kept its thread busy.
 */
public final class LagMonitor implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(LagMonitor.class);
  private static final int REST_FACTOR = 19;

  private final LagSettings settings;
  private final LagModel model;
  private final Admin admin;
  private final OffsetReader reader;
  private final Map<String, Object> readerProperties;
  private final List<Consumer<LagSnapshot>> listeners = new CopyOnWriteArrayList<>();
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final Thread thread;
  private MarkerLook look;
  private volatile LagSnapshot newest = LagSnapshot.NOTHING;
  private volatile StageHealth health = new StageHealth.Starting("asking Kafka for groups");

  /**
   * @param topics that are watched even when no group reads them
   * @param expected groups whose absence is lag
   * @param retirement which groups nobody waits for
   */
  public LagMonitor(
      KafkaSettings kafka,
      LagSettings settings,
      Collection<String> topics,
      Collection<ExpectedReader> expected,
      RetirementRule retirement) {
    this.settings = settings;
    this.model = new LagModel(settings.patience(), expected, retirement);
    this.admin = Admin.create(kafka.admin("millrace-monitor"));
    this.reader = new OffsetReader(admin, settings, topics);
    this.readerProperties = kafka.reader("millrace-monitor-look");
    this.thread = Thread.ofPlatform().name("millrace-lag").daemon().unstarted(this::run);
  }

  /** Is told of every refresh, on the monitor's thread; must not take long. */
  public void onRefresh(Consumer<LagSnapshot> listener) {
    listeners.add(listener);
  }

  public void start() {
    thread.start();
  }

  /** What was seen last; {@link LagSnapshot#NOTHING} before the first answer. */
  public LagSnapshot newest() {
    return newest;
  }

  public StageHealth health() {
    return health;
  }

  /**
   * One refresh, for callers without a thread of the monitor's: it must not be started then.
   *
   * @throws KafkaException when Kafka does not answer
   */
  public LagSnapshot refresh() {
    Offsets seen = reader.read();
    LagSnapshot snapshot = model.observe(seen);
    Map<TopicPartition, Long> wanted = model.wantedLookUps();
    if (!wanted.isEmpty()) {
      reader.lookUp(model, wanted, seen.ends());
    }
    if (!model.doubtful().isEmpty()) {
      if (look == null) {
        look = new MarkerLook(readerProperties);
      }
      look.look(model);
    }
    return snapshot;
  }

  /** How often the last refresh asked Kafka. */
  public int questions() {
    return reader.calls();
  }

  /** True when the last refresh left nothing to ask about the time before the first. */
  public boolean knowsThePast() {
    return model.wantedLookUps().isEmpty();
  }

  private void run() {
    var backoff = new Backoff(Duration.ofMillis(500), Duration.ofSeconds(10));
    Duration wait = Duration.ZERO;
    while (!stopped(wait)) {
      long began = cpuNanos();
      try {
        LagSnapshot snapshot = refresh();
        newest = snapshot;
        listeners.forEach(listener -> listener.accept(snapshot));
        health = new StageHealth.Ready();
        backoff.reset();
        long rest = (cpuNanos() - began) * REST_FACTOR;
        wait = Duration.ofNanos(Math.max(settings.interval().toNanos(), rest));
      } catch (InterruptException e) {
        break; // closed
      } catch (KafkaException e) {
        String reason = "Kafka does not tell of groups and offsets: " + e.getMessage();
        if (health.isReady()) {
          LOG.warn("monitor held up error=\"{}\"", e.getMessage());
        }
        health = new StageHealth.Degraded(reason);
        wait = backoff.next();
      }
    }
    health = new StageHealth.Stopped();
  }

  private static long cpuNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private boolean stopped(Duration wait) {
    try {
      return stopping.await(wait.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      return true;
    }
  }

  @Override
  public void close() {
    stopping.countDown();
    thread.interrupt();
    if (thread.getState() != Thread.State.NEW) {
      try {
        thread.join(Duration.ofSeconds(5));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    if (look != null && !thread.isAlive()) {
      look.close();
    }
    admin.close(Duration.ofSeconds(1));
  }
}
