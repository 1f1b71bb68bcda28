package dev.millrace.rollout;

import dev.millrace.contracts.avro.RolloutTask;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.policy.PolicyException;
import dev.millrace.policy.PolicyVersions;
import dev.millrace.runtime.RetriableException;
import dev.millrace.runtime.StageContext;
import dev.millrace.runtime.StageHealth;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The policies that tasks have named, each followed from its first task on. Bounded: where one more
 * is wanted than there may be, the one that was idle longest goes.
 */
final class Policies implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Policies.class);

  /** A task may be seen before the manifest that was committed with it. */
  private static final Duration GRACE = Duration.ofSeconds(10);

  /** How long the answer "there is no such policy" is believed. */
  private static final Duration UNKNOWN = Duration.ofSeconds(2);

  private static final int MOST_UNKNOWN = 256;

  private final StageContext context;
  private final RolloutSettings settings;
  private final Supplier<TorchRuntime> runtime;
  private final PolicyVersions versions;
  private final ReentrantLock lookingUp = new ReentrantLock();
  private final Map<String, FollowedPolicy> followed = new LinkedHashMap<>();
  private final Map<String, Long> unknown =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
          return size() > MOST_UNKNOWN;
        }
      };
  private boolean closed;

  /**
   * @param runtime asked for when the first policy is needed: loading libtorch takes seconds
   */
  Policies(StageContext context, RolloutSettings settings, Supplier<TorchRuntime> runtime) {
    this.context = context;
    this.settings = settings;
    this.runtime = runtime;
    this.versions = new PolicyVersions(context);
  }

  /**
   * An engine with the version that the task wants, or a newer one.
   *
   * @throws TaskFailedException when the policy was never published
   * @throws RetriableException when the version has not come in time
   */
  PolicySampler.Lease lease(RolloutTask task, Duration patience) throws InterruptedException {
    return find(task).sampler().lease(task.getVersion(), patience);
  }

  private FollowedPolicy find(RolloutTask task) throws InterruptedException {
    Optional<FollowedPolicy> known = known(task.getPolicy());
    if (known.isPresent()) {
      return known.get();
    }
    lookingUp.lockInterruptibly();
    try {
      known = known(task.getPolicy());
      return known.isPresent() ? known.get() : follow(task);
    } finally {
      lookingUp.unlock();
    }
  }

  private synchronized Optional<FollowedPolicy> known(String policy) {
    return Optional.ofNullable(followed.get(policy));
  }

  private FollowedPolicy follow(RolloutTask task) {
    String policy = task.getPolicy();
    if (!published(policy)) {
      if (System.currentTimeMillis() - task.getIssuedAt() < GRACE.toMillis()) {
        throw new RetriableException("policy " + policy + " has no version yet", null);
      }
      throw new TaskFailedException(
          TaskFailure.UNKNOWN_POLICY, "no version of policy '" + policy + "' was ever published");
    }
    makeRoom(policy);
    var opened = new FollowedPolicy(context, settings, runtime.get(), policy);
    synchronized (this) {
      if (!closed) {
        followed.put(policy, opened);
        LOG.info("follows policy={} worker={}", policy, settings.worker());
        return opened;
      }
    }
    opened.close();
    throw new RetriableException("the stage is being closed", null);
  }

  private boolean published(String policy) {
    Long asked = unknown.get(policy);
    if (asked != null && System.nanoTime() - asked < UNKNOWN.toNanos()) {
      return false;
    }
    try {
      boolean found = versions.newest(policy).isPresent();
      if (!found) {
        unknown.put(policy, System.nanoTime());
      }
      return found;
    } catch (PolicyException e) {
      throw new RetriableException(e.getMessage(), e);
    }
  }

  private void makeRoom(String wanted) {
    FollowedPolicy leaving;
    synchronized (this) {
      if (followed.size() < settings.policies()) {
        return;
      }
      String idlest =
          followed.entrySet().stream()
              .filter(entry -> entry.getValue().sampler().idleSince().isPresent())
              .min(
                  Comparator.comparingLong(
                      entry -> entry.getValue().sampler().idleSince().orElse(Long.MAX_VALUE)))
              .map(Map.Entry::getKey)
              .orElseThrow(
                  () ->
                      new RetriableException(
                          "%d policies are in use here, and a task wants policy %s too: see millrace.rollout.policies"
                              .formatted(settings.policies(), wanted),
                          null));
      leaving = followed.remove(idlest);
      LOG.info("leaves policy={} for={} worker={}", idlest, wanted, settings.worker());
    }
    leaving.close();
  }

  /** Those that are followed now. */
  synchronized List<FollowedPolicy> all() {
    return new ArrayList<>(followed.values());
  }

  /** The worst of them. */
  StageHealth health() {
    StageHealth worst = new StageHealth.Ready();
    for (FollowedPolicy policy : all()) {
      StageHealth health = policy.health();
      if (health instanceof StageHealth.Failed) {
        return health;
      }
      worst = health.isReady() ? worst : health;
    }
    return worst;
  }

  @Override
  public void close() {
    List<FollowedPolicy> last;
    synchronized (this) {
      closed = true;
      last = all();
      followed.clear();
    }
    last.forEach(FollowedPolicy::close);
  }
}
