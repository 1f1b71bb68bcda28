package dev.millrace.devstack;

import java.util.List;
import java.util.Locale;

/** Finds in the log of a child that died at start what a user should be told in one line. */
final class StartFailure {
  private record Sign(String text, String meaning) {}

  private static final List<Sign> SIGNS =
      List.of(
          new Sign("address already in use", "its port is taken by another program"),
          new Sign("no space left on device", "the disk is full; free some space"),
          new Sign("read-only file system", "its data folder is on a read-only file system"),
          new Sign("permission denied", "it may not write to its data folder"),
          new Sign("accessdenied", "it may not write to its data folder"),
          new Sign("outofmemoryerror", "it ran out of memory"),
          new Sign("could not reserve enough space", "the machine has too little free memory"),
          new Sign("cannot allocate memory", "the machine has too little free memory"),
          new Sign("unsupportedclassversionerror", "it needs a newer JDK: use 21 or later"));

  private StartFailure() {}

  static String explain(ChildDeath death) {
    String log = death.tail().toLowerCase(Locale.ROOT);
    for (Sign sign : SIGNS) {
      if (log.contains(sign.text())) {
        return death.name() + " did not start: " + sign.meaning() + " (log: " + death.log() + ")";
      }
    }
    return death.name()
        + " did not start: it ended with exit code "
        + death.exitCode()
        + " (log: "
        + death.log()
        + ")";
  }
}
