package dev.millrace.learner.snapshot;

import java.util.Objects;

/**
 * What a snapshot is of. Its file is written last, so a folder with it is whole.
 *
 * @param format of the folder
 * @param step entry of the ledger after which it was taken
 */
public record SnapshotInfo(
    int format,
    String run,
    long step,
    int lineage,
    long version,
    String weightsSha256,
    String optimizerSha256) {

  /** The format that this build writes. */
  static final int FORMAT = 1;

  public SnapshotInfo {
    Objects.requireNonNull(run, "run");
    Objects.requireNonNull(weightsSha256, "weightsSha256");
    Objects.requireNonNull(optimizerSha256, "optimizerSha256");
  }

  /** One of now. */
  public static SnapshotInfo of(
      String run,
      long step,
      int lineage,
      long version,
      String weightsSha256,
      String optimizerSha256) {
    return new SnapshotInfo(FORMAT, run, step, lineage, version, weightsSha256, optimizerSha256);
  }

  /** The name of its folder. */
  public String folder() {
    return lineage == 0 ? "%08d".formatted(step) : "%08d-lineage%d".formatted(step, lineage);
  }
}
