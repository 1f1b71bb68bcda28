package dev.millrace.policy;

import dev.millrace.contracts.avro.PolicyVersion;
import dev.millrace.models.decoder.DecoderConfig;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.runtime.StageContext;
import io.micrometer.core.instrument.Timer;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
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
            true,
            Deadline.in(deadline),
            fetched -> {
              DecoderConfig config = Manifests.config(manifest);
              Manifests.requireFit(fetched.what(), config, fetched.tensors());
              Map<String, ByteBuffer> floats = floats(fetched);
              PolicyFiles files = fetched.verifiedFiles();
              return new LoadedPolicy(
                  manifest, files, DecoderWeights.over(runtime, config, floats));
            });
    timer.stop(context.meters().timer("millrace_policy_load", "policy", manifest.getPolicy()));
    return loaded;
  }

  private static Map<String, ByteBuffer> floats(VersionFetch.Fetched fetched) {
    try {
      return fetched.floats();
    } catch (PolicyException e) {
      if (e.reason() == PolicyException.Reason.UNFIT) {
        fetched.verifiedFiles(); // a NaN: perhaps the bytes are not those that were published
      }
      throw e;
    }
  }

  /** Ends a load in hand with an error. Idempotent. */
  @Override
  public void close() {
    fetch.close();
  }
}
