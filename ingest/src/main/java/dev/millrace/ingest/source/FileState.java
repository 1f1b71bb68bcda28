package dev.millrace.ingest.source;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A file as the file system describes it.
 *
 * @param size in bytes
 * @param modifiedNanos and {@code changedNanos}: since the epoch; the latter is the inode's change
 *     time, which no program can set back (0 where the file system has none)
 * @param inode 0 where there is none
 * @param seenNanos when this was asked, by the same kind of clock
 */
record FileState(long size, long modifiedNanos, long changedNanos, long inode, long seenNanos) {

  private static final boolean UNIX =
      FileSystems.getDefault().supportedFileAttributeViews().contains("unix");

  // The coarsest time stamps in use are FAT's, two seconds.
  private static final long RACY_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** Follows symbolic links. */
  static FileState of(Path file) throws IOException {
    long now = TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis());
    if (UNIX) {
      Map<String, Object> found =
          Files.readAttributes(file, "unix:size,lastModifiedTime,ctime,ino");
      return new FileState(
          (Long) found.get("size"),
          nanos((FileTime) found.get("lastModifiedTime")),
          nanos((FileTime) found.get("ctime")),
          (Long) found.get("ino"),
          now);
    }
    var found = Files.readAttributes(file, BasicFileAttributes.class);
    return new FileState(found.size(), nanos(found.lastModifiedTime()), 0, 0, now);
  }

  /**
   * A number that changes with the file and with {@code seed}. It is 0 when the file was touched so
   * short a time ago that a further change could carry the same time stamp, the rule by which git
   * tells "racily clean" entries of its index.
   */
  long fingerprint(long seed) {
    if (seenNanos - Math.max(modifiedNanos, changedNanos) < RACY_NANOS) {
      return 0;
    }
    long mixed = Mix.of(Mix.of(Mix.of(Mix.of(seed, size), modifiedNanos), changedNanos), inode);
    return mixed == 0 ? 1 : mixed;
  }

  /** False while the last write is younger than {@code quiet}; a clock behind counts as settled. */
  boolean settled(Duration quiet) {
    long age = seenNanos - modifiedNanos;
    return quiet.isZero() || age >= quiet.toNanos() || age < -RACY_NANOS;
  }

  private static long nanos(FileTime time) {
    return time.to(TimeUnit.NANOSECONDS);
  }
}
