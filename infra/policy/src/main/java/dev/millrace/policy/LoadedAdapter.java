package dev.millrace.policy;

import dev.millrace.contracts.avro.PolicyVersion;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.train.Lora;
import java.util.Objects;

/**
 * An adapter that was read from the log, beside what it applies to.
 *
 * @param files of the base
 * @param weights of the base, in native memory that this object owns; only to be read
 * @param lora in native memory that this object owns
 */
public record LoadedAdapter(
    PolicyVersion manifest, PolicyFiles files, DecoderWeights weights, Lora lora)
    implements AutoCloseable {

  public LoadedAdapter {
    Objects.requireNonNull(manifest, "manifest");
    Objects.requireNonNull(files, "files");
    Objects.requireNonNull(weights, "weights");
    Objects.requireNonNull(lora, "lora");
  }

  /** Frees both. Idempotent. */
  @Override
  public void close() {
    lora.close();
    weights.close();
  }
}
