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

  /** One line: who, how and where to read more. */
  public String sentence() {
    return name + " ended unexpectedly with exit code " + exitCode + "; its log is " + log;
  }
}
