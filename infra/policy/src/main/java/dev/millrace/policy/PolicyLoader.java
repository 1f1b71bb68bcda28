package dev.millrace.policy;

import dev.millrace.contracts.avro.PolicyVersion;
import dev.millrace.models.checkpoint.CheckpointException;
import dev.millrace.models.decoder.DecoderConfig;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.runtime.StageContext;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Objects;

/**
 * Reads versions from the log, verified, into native memory. Safe for several threads, which take
 * turns.
 */
public final class PolicyLoader implements AutoCloseable {

  private final StageContext context;
  private final TorchRuntime runtime;
  private final VersionFetch fetch;

  public PolicyLoader(StageContext context, TorchRuntime runtime) {
    this.context = context;
    this.runtime = Objects.requireNonNull(runtime, "runtime");
    this.fetch = new VersionFetch(context);
  }

  /**
   * Reads a version; the caller closes it.
   *
   * @param deadline until all of it is there
   * @throws PolicyException saying what is wrong with it
   * @throws org.apache.kafka.common.KafkaException as the consumer raised it
   */
  public synchronized LoadedPolicy load(PolicyVersion manifest, Duration deadline) {
    Timer.Sample timer = Timer.start();
    LoadedPolicy loaded =
        fetch.fetch(
            manifest,
            Deadline.in(deadline),
            fetched -> {
              DecoderConfig config = Manifests.config(manifest);
              DecoderWeights weights = weights(config, fetched);
              try {
                return new LoadedPolicy(manifest, fetched.verifiedFiles(), weights);
              } catch (RuntimeException e) {
                weights.close();
                throw e;
              }
            });
    timer.stop(context.meters().timer("millrace_policy_load", "policy", manifest.getPolicy()));
    return loaded;
  }

  private DecoderWeights weights(DecoderConfig config, VersionFetch.Fetched fetched) {
    Manifests.requireFit(fetched.what(), config, fetched.tensors());
    try {
      return DecoderWeights.copyOf(runtime, config, fetched.what(), fetched.tensors());
    } catch (CheckpointException | IllegalStateException e) {
      // A NaN or the like: the bytes may not be those that were published.
      fetched.verifiedFiles();
      throw new PolicyException(PolicyException.Reason.UNFIT, e.getMessage(), e);
    }
  }

  /** Ends a load in hand with an error. Idempotent. */
  @Override
  public void close() {
    fetch.close();
  }
}
