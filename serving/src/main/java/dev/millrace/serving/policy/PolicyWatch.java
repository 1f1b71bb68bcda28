package dev.millrace.serving.policy;

import dev.millrace.contracts.avro.PolicyVersion;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.policy.LoadedPolicy;
import dev.millrace.policy.PolicyFollower;
import dev.millrace.policy.PolicyVersions;
import dev.millrace.runtime.StageContext;
import dev.millrace.serving.generate.LiveModel;
import dev.millrace.serving.generate.ModelSource;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the newest version of a policy to a {@link LiveModel}: of the policy that settings name,
 * or of whichever was published last. libtorch is loaded when there is a version to load, so a
 * process that serves documents alone never pays for it.
 */
public final class PolicyWatch implements ModelSource {

  private static final Logger LOG = LoggerFactory.getLogger(PolicyWatch.class);
  private static final Duration LOOK_EVERY = Duration.ofSeconds(5);
  private static final Duration CLOSE_DEADLINE = Duration.ofSeconds(10);

  private final StageContext context;
  private final Optional<String> wanted;
  private final Supplier<TorchRuntime> runtime;
  private final LiveModel model;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final Thread thread;
  private String followed;
  private PolicyFollower follower;

  /**
   * @param wanted name of the policy; empty: whichever was published last
   * @param runtime asked when the first version is to be loaded
   */
  public PolicyWatch(
      StageContext context,
      Optional<String> wanted,
      Supplier<TorchRuntime> runtime,
      LiveModel model) {
    this.context = context;
    this.wanted = wanted;
    this.runtime = runtime;
    this.model = model;
    this.thread = Thread.ofPlatform().name("serving-policy").daemon().unstarted(this::watch);
  }

  @Override
  public void start() {
    thread.start();
  }

  private void watch() {
    PolicyVersions versions = new PolicyVersions(context);
    do {
      try {
        look(versions);
      } catch (RuntimeException e) {
        model.away("policies cannot be read: " + e.getMessage());
        LOG.warn("stage=serving policies cannot be read reason=\"{}\"", e.toString());
      }
    } while (!stopped());
    if (follower != null) {
      follower.close();
    }
  }

  private void look(PolicyVersions versions) {
    if (followed == null || wanted.isEmpty()) {
      List<PolicyVersion> all = wanted.map(versions::of).orElseGet(versions::all);
      all.stream()
          .max(Comparator.comparingLong(PolicyVersion::getPublishedAt))
          .map(PolicyVersion::getPolicy)
          .filter(policy -> !policy.equals(followed))
          .ifPresentOrElse(this::follow, this::explain);
    } else {
      explain();
    }
  }

  private void follow(String policy) {
    if (follower != null) {
      follower.close();
    }
    LOG.info("stage=serving follows policy={}", policy);
    follower = new PolicyFollower(context, runtime.get(), policy, "serving", this::adopt);
    followed = policy;
    follower.start();
    explain();
  }

  /** Shows as long as there is no model. */
  private void explain() {
    model.away(
        follower == null
            ? wanted
                .map(policy -> "no version of the policy '" + policy + "' is published yet")
                .orElse("no policy is published yet")
            : follower.health().describe());
  }

  private void adopt(LoadedPolicy policy) {
    PolicyVersion manifest = policy.manifest();
    model.adopt(
        manifest.getPolicy(),
        OptionalLong.of(manifest.getVersion()),
        policy.files(),
        policy.weights(),
        Instant.ofEpochMilli(manifest.getPublishedAt()));
    policy.close(); // copied
  }

  private boolean stopped() {
    try {
      return stopping.await(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      return true;
    }
  }

  @Override
  public void close() {
    stopping.countDown();
    if (thread.isAlive()) {
      thread.interrupt();
    }
    try {
      if (!thread.join(CLOSE_DEADLINE)) {
        LOG.warn("thread {} did not end within {}", thread.getName(), CLOSE_DEADLINE);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
