package dev.millrace.preprocess.topology;

import java.util.Objects;

/**
 * What the processors of all tasks share.
 *
 * @param maxRecordBytes largest value of a record that is written
 */
public record PreprocessParts(
    DocumentPipeline pipeline,
    RegistryPatience patience,
    PreprocessMetrics metrics,
    KnownFaults faults,
    int maxRecordBytes) {

  public PreprocessParts {
    Objects.requireNonNull(pipeline, "pipeline");
    Objects.requireNonNull(patience, "patience");
    Objects.requireNonNull(metrics, "metrics");
    Objects.requireNonNull(faults, "faults");
    if (maxRecordBytes < 1024) {
      throw new IllegalArgumentException(
          "max-record-bytes must be 1024 or more: " + maxRecordBytes);
    }
  }

  public PreprocessParts(
      DocumentPipeline pipeline,
      RegistryPatience patience,
      PreprocessMetrics metrics,
      int maxRecordBytes) {
    this(pipeline, patience, metrics, new KnownFaults(), maxRecordBytes);
  }

  /** These parts, with a smaller limit where {@code largest} is smaller. */
  PreprocessParts withLimit(int largest) {
    return new PreprocessParts(
        pipeline, patience, metrics, faults, Math.min(maxRecordBytes, largest));
  }
}
