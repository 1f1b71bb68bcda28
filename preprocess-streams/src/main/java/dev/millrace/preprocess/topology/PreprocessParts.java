package dev.millrace.preprocess.topology;

import dev.millrace.runtime.tracing.Tracing;
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
    Tracing tracing,
    int maxRecordBytes) {

  public PreprocessParts {
    Objects.requireNonNull(pipeline, "pipeline");
    Objects.requireNonNull(patience, "patience");
    Objects.requireNonNull(metrics, "metrics");
    Objects.requireNonNull(faults, "faults");
    Objects.requireNonNull(tracing, "tracing");
    if (maxRecordBytes < 1024) {
      throw new IllegalArgumentException(
          "max-record-bytes must be 1024 or more: " + maxRecordBytes);
    }
  }

  public PreprocessParts(
      DocumentPipeline pipeline,
      RegistryPatience patience,
      PreprocessMetrics metrics,
      Tracing tracing,
      int maxRecordBytes) {
    this(pipeline, patience, metrics, new KnownFaults(), tracing, maxRecordBytes);
  }

  /** These parts, with a smaller limit where {@code largest} is smaller. */
  PreprocessParts withLimit(int largest) {
    return new PreprocessParts(
        pipeline, patience, metrics, faults, tracing, Math.min(maxRecordBytes, largest));
  }
}
