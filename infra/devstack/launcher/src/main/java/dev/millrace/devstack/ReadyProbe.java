package dev.millrace.devstack;

import java.util.Optional;

/** One question to a server: does it really answer? */
public interface ReadyProbe extends AutoCloseable {

  /** Empty when the server answers; otherwise one line that says what is missing. */
  Optional<String> whyNotReady() throws InterruptedException;

  @Override
  default void close() {}
}
