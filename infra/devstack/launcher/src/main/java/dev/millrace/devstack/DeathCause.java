package dev.millrace.devstack;

import java.util.List;
import java.util.Locale;

/** Finds in the last lines of a dead child's log what a user should be told. */
final class DeathCause {
  private static final int KILLED = 128 + 9;

  private record Sign(String text, String meaning) {}

  private static final List<Sign> SIGNS =
      List.of(
          new Sign("address already in use", "its port is taken by another program"),
          new Sign("seems to be in use by another process", "its port is taken by another program"),
          new Sign("no space left on device", "the disk is full; free some space"),
          new Sign("read-only file system", "its data folder is on a read-only file system"),
          new Sign("permission denied", "it may not write to its data folder"),
          new Sign("accessdenied", "it may not write to its data folder"),
          new Sign("outofmemoryerror", "it ran out of memory"),
          new Sign("could not reserve enough space", "the machine has too little free memory"),
          new Sign("cannot allocate memory", "the machine has too little free memory"),
          new Sign("unsupportedclassversionerror", "it needs a newer JDK: use 21 or later"));

  private DeathCause() {}

  /** A clause such as {@code its port is taken by another program}; the exit code if unclear. */
  static String of(int exitCode, String logText) {
    String log = logText.toLowerCase(Locale.ROOT);
    for (Sign sign : SIGNS) {
      if (log.contains(sign.text())) {
        return sign.meaning();
      }
    }
    return exitCode == KILLED
        ? "it was killed (kill -9, or the kernel ran out of memory)"
        : "exit code " + exitCode;
  }
}
