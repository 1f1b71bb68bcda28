package dev.millrace.policy;

import dev.millrace.contracts.avro.PolicyVersion;
import dev.millrace.runtime.StageContext;
import java.nio.file.Path;

/** Versions out of the log into Hugging Face directories, and such directories into the log. */
public final class PolicyDirectories {

  private final StageContext context;

  public PolicyDirectories(StageContext context) {
    this.context = context;
  }

  /**
   * Writes a version as a directory that appears whole or not at all: config.json, tokenizer files,
   * model.safetensors.
   *
   * @param target must not exist, or be an empty directory
   * @throws PolicyException if the version cannot be read
   */
  public void exportTo(PolicyVersion manifest, Path target) {
    throw new UnsupportedOperationException();
  }

  /**
   * Publishes a directory as the next version of a policy, in a transaction of its own.
   *
   * @return the manifest
   */
  public PolicyVersion importFrom(Path directory, String policy) {
    throw new UnsupportedOperationException();
  }
}
