package dev.millrace.policy;

import dev.millrace.contracts.avro.PolicyVersion;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.runtime.StageContext;
import dev.millrace.runtime.StageHealth;
import java.util.Optional;

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

  /**
   * @param policy which one to follow
   * @param owner names the thread, the Kafka clients and the meters' label {@code worker}
   */
  public PolicyFollower(
      StageContext context, TorchRuntime runtime, String policy, String owner, Listener listener) {}

  /** Starts the thread. Once. */
  public void start() {
    throw new UnsupportedOperationException();
  }

  /** The newest version that was seen, adopted or not. */
  public Optional<PolicyVersion> newest() {
    return Optional.empty();
  }

  /** Number of the newest version that the listener has taken; -1 before the first. */
  public long adopted() {
    return -1;
  }

  /** Ready when the newest version known is adopted or about to be; otherwise the reason. */
  public StageHealth health() {
    return new StageHealth.Starting("not started");
  }

  /** Ends the thread, within seconds. Idempotent. */
  @Override
  public void close() {}
}
