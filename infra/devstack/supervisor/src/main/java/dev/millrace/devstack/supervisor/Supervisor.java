package dev.millrace.devstack.supervisor;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Arrays;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/**
 * The main class of every child JVM of the development stack: runs the real main class, and ends
 * the JVM when its standard input ends.
 *
 * <p>The parent holds the other end of the pipe. However the parent dies, kill -9 included, the
 * kernel closes that end, so no child outlives it. The same end of input is the parent's way to ask
 * for an orderly stop, on every operating system.
 *
 * <p>Usage: {@code Supervisor MAIN-CLASS [ARGUMENT...]}. The system property {@code
 * millrace.supervisor.deadline.ms} (default 20000) bounds the orderly stop; after it the JVM halts.
 */
public final class Supervisor {
  private static final String DEADLINE_PROPERTY = "millrace.supervisor.deadline.ms";
  private static final Duration DEFAULT_DEADLINE = Duration.ofSeconds(20);
  private static final Duration FAILED_START_DEADLINE = Duration.ofSeconds(5);

  /** What the JVM exits with when the orderly stop ran past its deadline. */
  static final int EXIT_HALTED = 137;

  private Supervisor() {}

  public static void main(String[] args) {
    if (args.length == 0) {
      System.err.println("usage: Supervisor MAIN-CLASS [ARGUMENT...]");
      System.exit(2);
    }
    leaveTerminalSignalsToTheParent();
    watchStandardInput(deadline());
    try {
      runMain(args[0], Arrays.copyOfRange(args, 1, args.length));
    } catch (Throwable failure) {
      // Threads that a half-started server left behind would keep the JVM alive, answering nothing.
      failure.printStackTrace();
      exit(1, FAILED_START_DEADLINE);
    }
  }

  /**
   * Ctrl-C in a terminal reaches every process of the group at once, which would stop Kafka before
   * the stages that still write to it. Only the parent answers these; it then closes the pipes in
   * order.
   */
  private static void leaveTerminalSignalsToTheParent() {
    for (String name : new String[] {"INT", "HUP"}) {
      try {
        Signal.handle(new Signal(name), SignalHandler.SIG_IGN);
      } catch (IllegalArgumentException e) {
        System.err.println("supervisor: signal " + name + " cannot be ignored: " + e.getMessage());
      }
    }
  }

  private static Duration deadline() {
    return Duration.ofMillis(Long.getLong(DEADLINE_PROPERTY, DEFAULT_DEADLINE.toMillis()));
  }

  private static void watchStandardInput(Duration deadline) {
    daemon(
        "supervisor-stdin",
        () -> {
          awaitEndOfInput();
          exit(0, deadline);
        });
  }

  private static void awaitEndOfInput() {
    byte[] discarded = new byte[64];
    try {
      while (System.in.read(discarded) != -1) {
        // The parent never writes; whatever arrives only says that it lives.
      }
    } catch (IOException e) {
      System.err.println("supervisor: standard input broke, stopping: " + e.getMessage());
    }
  }

  private static void exit(int status, Duration deadline) {
    daemon("supervisor-deadline", () -> haltAfter(deadline));
    System.exit(status);
  }

  private static void haltAfter(Duration deadline) {
    try {
      Thread.sleep(deadline);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    System.err.println(
        "supervisor: orderly stop took over " + deadline.toMillis() + " ms, halting");
    Runtime.getRuntime().halt(EXIT_HALTED);
  }

  private static void daemon(String name, Runnable body) {
    Thread thread = new Thread(body, name);
    thread.setDaemon(true);
    thread.start();
  }

  private static void runMain(String className, String[] args) throws Throwable {
    Method main = Class.forName(className).getMethod("main", String[].class);
    try {
      main.invoke(null, (Object) args);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
