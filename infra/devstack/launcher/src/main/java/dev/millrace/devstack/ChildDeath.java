package dev.millrace.devstack;

import java.nio.file.Path;

/**
 * A child JVM ended though nobody asked it to.
 *
 * @param name such as {@code kafka}
 * @param exitCode of the process; 137 is usually kill -9 or the kernel out of memory
 * @param log the whole log
 * @param tail its last lines
 */
public record ChildDeath(String name, int exitCode, Path log, String tail) {

  /** One line: who, why and where to read more. */
  public String sentence() {
    return name + " ended unexpectedly: " + cause() + "; its log is " + log;
  }

  String startSentence() {
    return name + " did not start: " + cause() + "; its log is " + log;
  }

  private String cause() {
    return DeathCause.of(exitCode, tail);
  }
}
