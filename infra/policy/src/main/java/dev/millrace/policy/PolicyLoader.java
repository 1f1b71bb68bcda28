package dev.millrace.policy;

import dev.millrace.contracts.avro.PolicyVersion;
import dev.millrace.contracts.avro.WeightsKind;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.models.train.Lora;
import dev.millrace.models.train.LoraMerge;
import dev.millrace.runtime.StageContext;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Objects;

/**
 * Reads versions from the log, verified, into native memory: whole weights, whatever was published.
 * Safe for several threads, which take turns.
 */
public final class PolicyLoader implements AutoCloseable {

  private final StageContext context;
  private final TorchRuntime runtime;
  private final Bases bases;
  private LoraMerge merge;

  public PolicyLoader(StageContext context, TorchRuntime runtime) {
    this.context = context;
    this.runtime = Objects.requireNonNull(runtime, "runtime");
    this.bases = new Bases(context);
  }

  /**
   * Reads a version; the caller closes it. An adapter comes merged into what it applies to.
   *
   * @param deadline until all of it is there
   * @throws PolicyException saying what is wrong with it
   * @throws org.apache.kafka.common.KafkaException as the consumer raised it
   */
  public synchronized LoadedPolicy load(PolicyVersion manifest, Duration deadline) {
    Timer.Sample timer = Timer.start();
    LoadedPolicy loaded =
        manifest.getKind() == WeightsKind.ADAPTER
            ? merged(manifest, Deadline.in(deadline))
            : whole(manifest, Deadline.in(deadline));
    timer.stop(context.meters().timer("millrace_policy_load", "policy", manifest.getPolicy()));
    return loaded;
  }

  private LoadedPolicy whole(PolicyVersion manifest, Deadline deadline) {
    Whole whole = bases.whole(manifest, deadline);
    return new LoadedPolicy(manifest, whole.files(), weights(whole));
  }

  private DecoderWeights weights(Whole whole) {
    return DecoderWeights.over(runtime, whole.config(), whole.floats());
  }

  private LoadedPolicy merged(PolicyVersion manifest, Deadline deadline) {
    LoadedAdapter adapter = adapter(manifest, deadline);
    try (Lora lora = adapter.lora()) {
      if (merge == null) {
        merge = new LoraMerge(runtime);
      }
      merge.into(adapter.weights(), lora);
      return new LoadedPolicy(manifest, adapter.files(), adapter.weights());
    } catch (RuntimeException e) {
      adapter.weights().close();
      throw e;
    }
  }

  /**
   * Reads an adapter as such, and what it applies to, so that it can be trained further; the caller
   * closes it.
   *
   * @param manifest of an adapter
   * @throws PolicyException as {@link #load}
   */
  public synchronized LoadedAdapter loadAdapter(PolicyVersion manifest, Duration deadline) {
    return adapter(manifest, Deadline.in(deadline));
  }

  private LoadedAdapter adapter(PolicyVersion manifest, Deadline deadline) {
    Bases.Adapter read = bases.adapter(manifest, deadline);
    DecoderWeights weights = weights(read.base());
    try {
      Lora lora = Lora.of(weights, read.settings(), Manifests.describe(manifest), read.tensors());
      return new LoadedAdapter(manifest, read.base().files(), weights, lora);
    } catch (RuntimeException e) {
      weights.close();
      throw e;
    }
  }

  /** Ends a load in hand with an error. Idempotent. */
  @Override
  public void close() {
    bases.close();
    synchronized (this) {
      if (merge != null) {
        merge.close();
        merge = null;
      }
    }
  }
}
