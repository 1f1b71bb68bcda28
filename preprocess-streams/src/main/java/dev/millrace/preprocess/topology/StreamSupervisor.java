package dev.millrace.preprocess.topology;

import dev.millrace.runtime.Backoff;
import dev.millrace.runtime.RetriableException;
import dev.millrace.runtime.StageContext;
import dev.millrace.runtime.StageHealth;
import dev.millrace.runtime.control.Gate;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KafkaStreams.State;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one {@link KafkaStreams} running: waits for its topics, starts it, and starts a new one
 * with growing pauses when it ended by a fault.
 *
 * <p>The whole client is restarted rather than the one thread: a replaced thread gets another name
 * in the group, and the partitions of the old name would wait for the session timeout.
 */
public final class StreamSupervisor implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(StreamSupervisor.class);
  private static final Duration CLOSE_DEADLINE = Duration.ofSeconds(20);
  private static final Duration LOOK = Duration.ofMillis(100);
  private static final Duration STEADY = Duration.ofMinutes(1);

  private final StageContext context;
  private final Gate gate;
  private final StreamSettings settings;
  private final PreprocessParts parts;
  private final String instance;
  private final Thread thread;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile KafkaStreams streams;
  private volatile boolean wasReady;
  private volatile String trouble = "";

  /**
   * @param instance name of this process among those of the application
   */
  public StreamSupervisor(
      StageContext context, StreamSettings settings, PreprocessParts parts, String instance) {
    this.context = Objects.requireNonNull(context, "context");
    this.gate = context.controls().gate(PreprocessTopology.STAGE);
    this.settings = Objects.requireNonNull(settings, "settings");
    this.parts = Objects.requireNonNull(parts, "parts");
    this.instance = Objects.requireNonNull(instance, "instance");
    this.thread = Thread.ofPlatform().name("preprocess-supervisor").daemon().unstarted(this::run);
  }

  /** Starts in the background; servers that are away are waited for there. */
  public void start() {
    thread.start();
  }

  public StageHealth health() {
    if (stopping.getCount() == 0) {
      return new StageHealth.Stopped();
    }
    KafkaStreams current = streams;
    State state = current == null ? State.CREATED : current.state();
    if (state == State.RUNNING) {
      return parts
          .patience()
          .trouble()
          .<StageHealth>map(StageHealth.Degraded::new)
          .orElseGet(StageHealth.Ready::new);
    }
    if (!trouble.isEmpty()) {
      return wasReady ? new StageHealth.Degraded(trouble) : new StageHealth.Starting(trouble);
    }
    return wasReady
        ? new StageHealth.Degraded("the consumer group is sharing out its partitions")
        : new StageHealth.Starting("joining the consumer group");
  }

  /**
   * Finishes and commits what is in hand.
   *
   * @return false when the deadline passed first
   */
  public boolean drain(Duration deadline) {
    long end = System.nanoTime() + deadline.toNanos();
    stopping.countDown();
    if (thread.getState() == Thread.State.NEW) {
      return true;
    }
    KafkaStreams current = streams;
    boolean closed = current == null || current.close(leaving(deadline));
    try {
      long left = Math.max(0, end - System.nanoTime());
      return closed && ended.await(left, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /**
   * An orderly end leaves the group, so that others take over at once. Staying in it, as a killed
   * process does, would also make a thread that is just joining wait for the one that has gone.
   */
  private static CloseOptions leaving(Duration deadline) {
    return CloseOptions.timeout(deadline)
        .withGroupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP);
  }

  @Override
  public void close() {
    if (!drain(CLOSE_DEADLINE)) {
      LOG.warn("stream did not end within {} s", CLOSE_DEADLINE.toSeconds());
      thread.interrupt();
    }
  }

  private void run() {
    var backoff = new Backoff(Duration.ofMillis(500), Duration.ofSeconds(30));
    try {
      do {
        long start = System.nanoTime();
        runOnce();
        if (System.nanoTime() - start > STEADY.toNanos()) {
          backoff.reset();
        }
      } while (!stopping.await(backoff.next().toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      ended.countDown();
    }
  }

  private void runOnce() throws InterruptedException {
    try {
      int largest = new TopicCheck(context.kafka(), context.topics()).largestValue();
      runStreams(parts.withLimit(largest));
    } catch (RetriableException | KafkaException e) {
      String message = String.valueOf(e.getMessage());
      if (!message.equals(trouble)) {
        LOG.warn("waiting error=\"{}\"", message);
      }
      trouble = message;
    }
  }

  private void runStreams(PreprocessParts limited) throws InterruptedException {
    var over = new CountDownLatch(1);
    var closing = new CountDownLatch(1);
    var properties =
        settings.properties(context.kafka(), context.topics(), instance, limited.faults());
    String transactions = StreamSettings.applicationId(context.topics()) + "-" + instance;
    try (var current =
        new KafkaStreams(
            PreprocessTopology.build(context.topics(), context.registry(), limited),
            properties,
            new StableTransactions(transactions))) {
      current.setStateListener((now, before) -> onState(now, over, closing));
      current.setUncaughtExceptionHandler(fault -> onUncaught(fault, over, closing));
      streams = current;
      if (stopping.getCount() > 0) {
        obey(current);
        current.start();
        while (!over.await(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
          obey(current);
        }
        current.close(leaving(CLOSE_DEADLINE));
      }
    } finally {
      streams = null;
    }
  }

  /** A paused stream finishes nothing that it has read, and stays in its group. */
  private void obey(KafkaStreams current) {
    boolean open = gate.isOpen();
    if (open && current.isPaused()) {
      current.resume();
    } else if (!open && !current.isPaused()) {
      current.pause();
    }
  }

  private void onState(State now, CountDownLatch over, CountDownLatch closing) {
    if (now == State.RUNNING) {
      wasReady = true;
      trouble = "";
    } else if (now != State.CREATED && now != State.REBALANCING) {
      closing.countDown();
    }
    if (now == State.ERROR || now == State.NOT_RUNNING) {
      over.countDown();
    }
  }

  /**
   * Called on the thread that died. Kafka Streams' own way to end the client would leave its other
   * threads in the group as members that have gone; so the supervisor ends it, and only if it does
   * not within a moment, Kafka Streams does.
   */
  private StreamThreadExceptionResponse onUncaught(
      Throwable fault, CountDownLatch over, CountDownLatch closing) {
    trouble = "starting again after: " + trouble(fault);
    LOG.error("stream ended, will start again error=\"{}\"", trouble(fault));
    LOG.debug("stream ended", fault);
    over.countDown();
    try {
      closing.await(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
  }

  private static String trouble(Throwable fault) {
    return String.valueOf(fault.getMessage()).lines().collect(Collectors.joining(" "));
  }
}
