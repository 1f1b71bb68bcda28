package dev.millrace.policy;

import dev.millrace.contracts.avro.PolicyVersion;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.runtime.Backoff;
import dev.millrace.runtime.StageContext;
import dev.millrace.runtime.StageHealth;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a worker at the newest version of one policy: follows the manifests on a thread of its own,
 * skips what is outdated, loads the newest and hands it over. Whatever fails is tried again with
 * growing waits and stands in {@link #health} meanwhile.
 */
public final class PolicyFollower implements AutoCloseable {

  /** Takes the versions as they come, on the follower's thread. */
  @FunctionalInterface
  public interface Listener {
    /**
     * Takes a version over: the listener closes it, unless it throws; then the follower does, and
     * hands the version over again later.
     */
    void adopted(LoadedPolicy policy);
  }

  private static final Logger LOG = LoggerFactory.getLogger(PolicyFollower.class);
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration LEAST = Duration.ofMillis(10);
  private static final Duration MOST = Duration.ofMillis(500);
  private static final Duration END = Duration.ofSeconds(30);

  private final String policy;
  private final String owner;
  private final Listener listener;
  private final ManifestLog log;
  private final PolicyLoader loader;
  private final Duration loadDeadline;
  private final AdoptionMeters meters;
  private final Thread thread;
  private final AtomicBoolean stopping = new AtomicBoolean();
  private final Backoff backoff = new Backoff(Duration.ofMillis(200), Duration.ofSeconds(15));
  private volatile Consumer<byte[], byte[]> consumer;
  private volatile PolicyVersion newest;
  private volatile PolicyVersion adopted;
  private volatile StageHealth health = new StageHealth.Starting("not started");

  // Of the follower's thread.
  private long failedVersion = -1;
  private long retryAt;
  private long busyUntil;
  private Duration busyFor = Duration.ZERO;

  /**
   * @param policy which one to follow
   * @param owner names the thread, the Kafka clients and the meters' label {@code worker}
   */
  public PolicyFollower(
      StageContext context, TorchRuntime runtime, String policy, String owner, Listener listener) {
    this.policy = PolicyDraft.requireName(policy);
    this.owner = Objects.requireNonNull(owner, "owner");
    this.listener = Objects.requireNonNull(listener, "listener");
    this.log = new ManifestLog(context);
    this.loader = new PolicyLoader(context, runtime);
    this.loadDeadline = PolicySettings.from(context.settings()).loadDeadline();
    this.meters = new AdoptionMeters(context.meters(), policy, owner, this::newest, this::taken);
    this.thread = Thread.ofPlatform().name(clientId()).daemon().unstarted(this::run);
  }

  /** Starts the thread. Once. */
  public void start() {
    health = new StageHealth.Starting("reading the versions of policy " + policy);
    thread.start();
  }

  /** The newest version that was seen, adopted or not. */
  public Optional<PolicyVersion> newest() {
    return Optional.ofNullable(newest);
  }

  /** Number of the newest version that the listener has taken; -1 before the first. */
  public long adopted() {
    PolicyVersion version = adopted;
    return version == null ? -1 : version.getVersion();
  }

  private Optional<PolicyVersion> taken() {
    return Optional.ofNullable(adopted);
  }

  /** Ready while the newest version known is adopted or about to be; otherwise the reason. */
  public StageHealth health() {
    return health;
  }

  /** Ends the thread, within seconds. Idempotent. */
  @Override
  public void close() {
    if (!stopping.compareAndSet(false, true)) {
      return;
    }
    loader.close(); // ends a load in hand
    Consumer<byte[], byte[]> reading = consumer;
    if (reading != null) {
      reading.wakeup();
    }
    try {
      if (thread.isAlive() && !thread.join(END)) {
        LOG.warn("policy follower did not end in time owner={} policy={}", owner, policy);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    meters.close();
    health = new StageHealth.Stopped();
  }

  private String clientId() {
    return "policy-follower-" + policy + "-" + owner;
  }

  private void run() {
    try (var reading = log.follow(clientId())) {
      consumer = reading;
      while (!stopping.get()) {
        step(reading);
      }
    } catch (WakeupException e) {
      LOG.debug("policy follower ends owner={} policy={}", owner, policy);
    } catch (RuntimeException | Error e) {
      if (!stopping.get()) {
        health = new StageHealth.Failed("policy " + policy + " is no longer followed: " + e);
        LOG.error("policy follower ended owner={} policy={}", owner, policy, e);
      }
    }
  }

  private void step(Consumer<byte[], byte[]> reading) {
    try {
      boolean current = read(reading);
      if (current) {
        adopt();
      }
    } catch (WakeupException e) {
      throw e;
    } catch (RuntimeException e) {
      if (stopping.get()) {
        return;
      }
      health = new StageHealth.Degraded("cannot follow policy " + policy + ": " + e.getMessage());
      LOG.warn("cannot follow owner={} policy={} error=\"{}\"", owner, policy, String.valueOf(e));
      pause(backoff.next());
    }
  }

  /**
   * Takes in the manifests that have come.
   *
   * @return true if no more are known to be there, so that the newest one is the newest
   */
  private boolean read(Consumer<byte[], byte[]> reading) {
    boolean found = take(reading, reading.poll(untilRetry()));
    if (found && newest != null && newest.getPublishedAt() <= busyUntil) {
      // It came while another version was being adopted, and may be outdated as well. (Asking the
      // broker for its end would wait behind the fetch that is under way.)
      while (take(reading, reading.poll(patience()))) {
        LOG.debug("catching up owner={} policy={}", owner, policy);
      }
    }
    return reading.currentLag(log.partition()).orElse(1) <= 0;
  }

  /** How long to look for something newer: the longer, the more an adoption costs. */
  private Duration patience() {
    Duration part = busyFor.dividedBy(4);
    if (part.compareTo(LEAST) < 0) {
      return LEAST;
    }
    return part.compareTo(MOST) > 0 ? MOST : part;
  }

  /** Returns whether there was anything. */
  private boolean take(Consumer<byte[], byte[]> reading, ConsumerRecords<byte[], byte[]> records) {
    for (var record : records) {
      if (isOurs(record)) {
        try {
          note(record);
        } catch (RuntimeException e) {
          // The registry is away: this record comes again.
          reading.seek(log.partition(), record.offset());
          throw e;
        }
      }
    }
    return !records.isEmpty();
  }

  private boolean isOurs(ConsumerRecord<byte[], byte[]> record) {
    return Keys.parse(record.key()).filter(key -> key.policy().equals(policy)).isPresent();
  }

  private void note(ConsumerRecord<byte[], byte[]> record) {
    PolicyVersion before = newest;
    if (record.value() == null) {
      if (before != null && Arrays.equals(record.key(), Keys.of(before))) {
        LOG.warn(
            "the newest version was removed policy={} version={}", policy, before.getVersion());
        newest = adopted;
      }
      return;
    }
    log.read(record)
        .ifPresent(
            manifest -> {
              if (before == null || manifest.getVersion() > before.getVersion()) {
                newest = manifest;
              } else if (manifest.getVersion() == before.getVersion()
                  && !manifest.getSha256().equals(before.getSha256())) {
                LOG.warn(
                    "two runs publish the same version policy={} version={} runs={},{}",
                    policy,
                    manifest.getVersion(),
                    before.getRun(),
                    manifest.getRun());
              }
            });
  }

  private Duration untilRetry() {
    if (failedVersion < 0) {
      return POLL;
    }
    Duration left = Duration.ofNanos(Math.max(0, retryAt - System.nanoTime()));
    return left.compareTo(POLL) < 0 ? left.plusMillis(5) : POLL;
  }

  private void adopt() {
    PolicyVersion target = newest;
    if (target == null) {
      health = new StageHealth.Starting("policy " + policy + " has no version yet");
      return;
    }
    if (target.getVersion() <= adopted()) {
      health = new StageHealth.Ready();
      return;
    }
    if (target.getVersion() == failedVersion && System.nanoTime() - retryAt < 0) {
      return;
    }
    if (adopted == null && failedVersion < 0) {
      health = new StageHealth.Starting("loading " + Manifests.describe(target));
    }
    long start = System.nanoTime();
    try {
      handOver(loader.load(target, loadDeadline));
      adopted = target;
      meters.adopted(target);
      failedVersion = -1;
      backoff.reset();
      health = new StageHealth.Ready();
      LOG.debug("adopted owner={} policy={} version={}", owner, policy, target.getVersion());
    } catch (WakeupException e) {
      throw e;
    } catch (RuntimeException e) {
      if (!stopping.get()) {
        refused(target, e);
      }
    } finally {
      busyFor = Duration.ofNanos(System.nanoTime() - start);
      busyUntil = System.currentTimeMillis();
    }
  }

  private void handOver(LoadedPolicy loaded) {
    try {
      listener.adopted(loaded);
    } catch (RuntimeException | Error e) {
      loaded.close();
      throw e;
    }
  }

  private void refused(PolicyVersion target, RuntimeException e) {
    Duration wait = backoff.next();
    failedVersion = target.getVersion();
    retryAt = System.nanoTime() + wait.toNanos();
    meters.failed(e);
    String still = adopted == null ? "there is no older one" : "version " + adopted() + " goes on";
    health =
        new StageHealth.Degraded(
            "%s is not adopted, %s: %s"
                .formatted(Manifests.describe(target), still, e.getMessage()));
    LOG.warn(
        "not adopted owner={} policy={} version={} retry_ms={} error=\"{}\"",
        owner,
        policy,
        target.getVersion(),
        wait.toMillis(),
        String.valueOf(e));
  }

  private void pause(Duration wait) {
    long end = System.nanoTime() + wait.toNanos();
    synchronized (stopping) {
      while (!stopping.get() && System.nanoTime() < end) {
        try {
          stopping.wait(50);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return;
        }
      }
    }
  }
}
