package dev.millrace.devstack;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Who runs in this folder, one small file each. After a kill -9 of a launcher its children still
 * need a moment to stop; the next launcher waits for them, since they hold data and ports.
 */
final class RunningChildren {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Path folder;

  RunningChildren(Path folder) {
    this.folder = folder;
  }

  void record(String name, ProcessHandle handle) {
    try {
      Files.createDirectories(folder);
      Files.writeString(folder.resolve(name), handle.pid() + " " + startMillis(handle));
    } catch (IOException e) {
      throw new DevStackException("cannot write to " + folder + ": " + FolderProblem.explain(e), e);
    }
  }

  /** Waits until the children of an earlier launcher have ended; kills those that do not. */
  void awaitPredecessors(Consumer<String> notes) throws InterruptedException {
    for (ProcessHandle left : leftovers()) {
      notes.accept("waiting for process " + left.pid() + " of the last run to stop");
      try {
        left.onExit().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException | ExecutionException e) {
        notes.accept("process " + left.pid() + " of the last run does not stop, killing it");
        left.destroyForcibly();
      }
    }
  }

  private List<ProcessHandle> leftovers() {
    List<ProcessHandle> found = new ArrayList<>();
    if (!Files.isDirectory(folder)) {
      return found;
    }
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        alive(Files.readString(file)).ifPresent(found::add);
      }
    } catch (IOException e) {
      throw new DevStackException("cannot read " + folder + ": " + FolderProblem.explain(e), e);
    }
    return found;
  }

  /** The process, if it is still the same one: process ids are used again. */
  private static Optional<ProcessHandle> alive(String recorded) {
    if (!recorded.matches("\\d+ \\d+")) {
      return Optional.empty();
    }
    String[] parts = recorded.split(" ");
    return ProcessHandle.of(Long.parseLong(parts[0]))
        .filter(handle -> startMillis(handle) == Long.parseLong(parts[1]))
        .filter(ProcessHandle::isAlive);
  }

  private static long startMillis(ProcessHandle handle) {
    return handle.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
  }
}
