package dev.millrace.policy;

import dev.millrace.contracts.avro.PolicyVersion;
import dev.millrace.models.decoder.DecoderWeights;
import java.util.Objects;

/**
 * A version that was read from the log and found to be what was published.
 *
 * @param weights in float32, in native memory that this object owns; only to be read while the
 *     loader that brought them is open
 */
public record LoadedPolicy(PolicyVersion manifest, PolicyFiles files, DecoderWeights weights)
    implements AutoCloseable {

  public LoadedPolicy {
    Objects.requireNonNull(manifest, "manifest");
    Objects.requireNonNull(files, "files");
    Objects.requireNonNull(weights, "weights");
  }

  /** The number of the version. */
  public long version() {
    return manifest.getVersion();
  }

  /** Frees the weights. Idempotent. */
  @Override
  public void close() {
    weights.close();
  }
}
