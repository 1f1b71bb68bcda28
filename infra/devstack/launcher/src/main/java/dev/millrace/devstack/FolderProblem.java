package dev.millrace.devstack;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** What can be wrong with a data folder, said so that a user knows what to do. */
final class FolderProblem {
  private FolderProblem() {}

  static String explain(IOException failure) {
    if (failure instanceof AccessDeniedException) {
      return "permission denied; give a folder of your own with --data";
    }
    if (failure instanceof FileAlreadyExistsException) {
      return "a file of that name is in the way; give another folder with --data";
    }
    return Failures.reason(failure);
  }

  /** Empty when the folder, or the place where it will be made, takes files. */
  static Optional<String> whyNotWritable(Path folder) {
    Path existing = existing(folder);
    if (!Files.isDirectory(existing)) {
      return Optional.of(existing + " is not a folder");
    }
    return Files.isWritable(existing)
        ? Optional.empty()
        : Optional.of(existing + " is not writable");
  }

  private static Path existing(Path folder) {
    Path existing = folder.toAbsolutePath();
    while (!Files.exists(existing)) {
      existing = existing.getParent();
    }
    return existing;
  }

  /** Bytes that may still be written where this folder is, or will be. */
  static long freeBytes(Path folder) {
    Path existing = existing(folder);
    try {
      FileStore store = Files.getFileStore(existing);
      return store.getUsableSpace();
    } catch (IOException e) {
      throw new DevStackException(
          "cannot read the free space of " + existing + ": " + explain(e), e);
    }
  }

  /**
   * @throws DevStackException if fewer bytes than these are free
   */
  static void requireFree(Path folder, long bytes) {
    long free = freeBytes(folder);
    if (free < bytes) {
      throw new DevStackException(
          "the disk of "
              + folder
              + " is nearly full: "
              + (free >> 20)
              + " MiB free, "
              + (bytes >> 20)
              + " MiB needed; free some space, or give a folder on another disk with --data");
    }
  }
}
