package dev.millrace.devstack;

import java.time.Duration;

/** Hears how a start goes. Called from several threads; implementations return at once. */
public interface StartupProgress {
  /** Hears nothing. */
  StartupProgress SILENT = new StartupProgress() {};

  /** Where the servers will answer; said once, before any of them was started. */
  default void planned(DevStackEndpoints endpoints) {}

  /** The child JVM of this server was started. */
  default void starting(ServerKind server) {}

  /** The server really answers. */
  default void ready(ServerKind server, String address, Duration took) {}

  /** The server is given from outside and answers; nothing was started. */
  default void external(ServerKind server, String address) {}

  /** One line that the user should know. */
  default void note(String line) {}
}
