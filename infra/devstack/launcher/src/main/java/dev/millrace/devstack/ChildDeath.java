package dev.millrace.devstack;

import java.nio.file.Path;

/**
 * A child JVM ended though nobody asked it to.
 *
 * @param name such as {@code kafka}
 * @param exitCode of the process; 137 is usually kill -9 or the kernel out of memory
 * @param log the whole log
 * @param cause a clause, such as {@code its port is taken by another program}
 * @param tail the last lines of the log
 */
public record ChildDeath(String name, int exitCode, Path log, String cause, String tail) {

  /** One line: who, why and where to read more. */
  public String sentence() {
    return name + " ended unexpectedly: " + cause + "; its log is " + log;
  }

  String startSentence() {
    return name + " did not start: " + cause + "; its log is " + log;
  }
}
