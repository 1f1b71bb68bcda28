package dev.millrace.testkit;

import dev.millrace.devstack.DevStackEndpoints;
import dev.millrace.devstack.RunningServer;
import dev.millrace.devstack.ServerKind;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.opentest4j.TestAbortedException;

/** The servers that the tests of one JVM share. */
public final class Servers {
  private static final AtomicInteger COUNTER = new AtomicInteger();

  private final DevStackEndpoints endpoints;
  private final Function<ServerKind, Optional<RunningServer>> own;

  Servers(DevStackEndpoints endpoints, Function<ServerKind, Optional<RunningServer>> own) {
    this.endpoints = endpoints;
    this.own = own;
  }

  public DevStackEndpoints endpoints() {
    return endpoints;
  }

  /**
   * A server that this test may kill, stop and start again, after which it must run again. Other
   * tests of this JVM use the same one.
   *
   * @throws TestAbortedException if it is not ours to kill (it ran before, or is a container): the
   *     test counts as skipped then
   */
  public RunningServer own(ServerKind kind) {
    return own.apply(kind)
        .orElseThrow(
            () ->
                new TestAbortedException(
                    kind.title()
                        + " was not started by the development stack, so no test stops it"));
  }

  /**
   * A prefix for names of topics, groups, subjects and indices that no other call gets, in this or
   * another JVM: lower case letters and digits, and a hyphen at its end.
   */
  public String uniquePrefix() {
    long pid = ProcessHandle.current().pid();
    String moment = Long.toString(System.currentTimeMillis(), Character.MAX_RADIX);
    return "t" + moment + "p" + pid + "n" + COUNTER.incrementAndGet() + "-";
  }
}
