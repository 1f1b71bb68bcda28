package dev.millrace.preprocess.parse;

import dev.millrace.preprocess.document.ParsedDocument;
import dev.millrace.preprocess.document.Reason;
import dev.millrace.preprocess.document.RejectedException;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** One parser's process, as its parent sees it. Used by one thread at a time. */
final class ChildProcess implements AutoCloseable {

  /** The process could not be started, or did not come up in time: no document is at fault. */
  static final class UnavailableException extends Exception {
    private static final long serialVersionUID = 1;

    UnavailableException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /** The process ended while it had the document. */
  static final class DiedException extends Exception {
    private static final long serialVersionUID = 1;

    private final int exitCode;

    DiedException(int exitCode) {
      super("the parser's process ended with code " + exitCode, null, false, false);
      this.exitCode = exitCode;
    }

    boolean isOutOfMemory() {
      return exitCode == ParserChild.OUT_OF_MEMORY;
    }
  }

  private static final int BUFFER = 64 << 10;
  private static final Duration START_DEADLINE = Duration.ofSeconds(60);

  private final ScheduledExecutorService clock;
  private final Path temporary;
  private final Process process;
  private final DataInputStream in;
  private final DataOutputStream out;
  private int served;

  private ChildProcess(ScheduledExecutorService clock, Path temporary, Process process) {
    this.clock = clock;
    this.temporary = temporary;
    this.process = process;
    this.in = new DataInputStream(new BufferedInputStream(process.getInputStream(), BUFFER));
    this.out = new DataOutputStream(new BufferedOutputStream(process.getOutputStream(), BUFFER));
  }

  /** Starts a process and waits until it is ready. */
  static ChildProcess start(ScheduledExecutorService clock, ParseLimits limits, int heapMiB)
      throws UnavailableException {
    ChildProcess child = null;
    try {
      Path temporary = Files.createTempDirectory("millrace-parse-");
      var builder = ChildCommand.build(limits, heapMiB, temporary);
      child = new ChildProcess(clock, temporary, builder.start());
      Future<?> guard = child.killAfter(START_DEADLINE);
      int first = child.in.readInt();
      guard.cancel(false);
      if (first != ChildFrames.READY) {
        throw new IOException("it said " + Integer.toHexString(first));
      }
      return child;
    } catch (IOException e) {
      if (child != null) {
        child.close();
      }
      throw new UnavailableException("a parser's process does not start: " + e, e);
    }
  }

  /** Whether it has not parsed anything yet: then nobody else's document can have harmed it. */
  boolean isFresh() {
    return served == 0;
  }

  boolean isAlive() {
    return process.isAlive();
  }

  long pid() {
    return process.pid();
  }

  /**
   * Parses one document; the process is dead afterwards unless this returns or rejects it with
   * another reason than {@link Reason#PARSE_TIMEOUT}.
   */
  ParsedDocument parse(RawDocument document, Duration timeout) throws DiedException {
    Future<?> guard = killAfter(timeout);
    long start = System.nanoTime();
    try {
      ChildFrames.writeDocument(out, document);
      ParsedDocument parsed = ChildFrames.readAnswer(in);
      served++;
      return parsed;
    } catch (RejectedException e) {
      served++;
      throw e;
    } catch (IOException e) {
      awaitEnd(); // its streams close before it has ended: a kill would hide its own exit code
      close();
      if (System.nanoTime() - start >= timeout.toNanos()) {
        throw ParsePool.timedOut(timeout);
      }
      throw new DiedException(process.exitValue());
    } finally {
      guard.cancel(false);
    }
  }

  private Future<?> killAfter(Duration timeout) {
    return clock.schedule(process::destroyForcibly, timeout.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void awaitEnd() {
    try {
      process.waitFor(2, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Closes the process's standard input. */
  void hangUp() throws IOException {
    process.getOutputStream().close();
  }

  /** Kills the process and removes its temporary files. */
  @Override
  public void close() {
    process.destroyForcibly();
    try {
      process.waitFor(5, TimeUnit.SECONDS);
      removeTemporary();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void removeTemporary() {
    try (Stream<Path> files = Files.walk(temporary)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException e) {
      temporary.toFile().deleteOnExit(); // the system's own cleaning has the rest
    }
  }
}
