package dev.millrace.policy;

import dev.millrace.contracts.avro.PolicyVersion;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.runtime.StageContext;
import java.time.Duration;

/** Reads versions from the log and verifies them. Safe for several threads: one load at a time. */
public final class PolicyLoader implements AutoCloseable {

  private final StageContext context;
  private final TorchRuntime runtime;

  public PolicyLoader(StageContext context, TorchRuntime runtime) {
    this.context = context;
    this.runtime = runtime;
  }

  /**
   * Reads a version; the caller closes it.
   *
   * @throws PolicyException saying what is wrong with it
   */
  public LoadedPolicy load(PolicyVersion manifest, Duration deadline) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {}
}
