package dev.millrace.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The folder of one JVM's servers, {@code target/test-servers/PID}. At the end only the logs stay;
 * the next run clears what finished runs have left.
 *
 * @param path that folder
 */
record TestFolder(Path path) implements AutoCloseable {
  private static final Path PARENT = Path.of("target", "test-servers");

  static TestFolder create() {
    try {
      Files.createDirectories(PARENT);
      clearFinishedRuns();
      return new TestFolder(
          Files.createDirectories(PARENT.resolve(Long.toString(ProcessHandle.current().pid()))));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make a folder below " + PARENT.toAbsolutePath(), e);
    }
  }

  private static void clearFinishedRuns() throws IOException {
    try (Stream<Path> runs = Files.list(PARENT)) {
      for (Path run : runs.toList()) {
        String pid = run.getFileName().toString();
        if (pid.matches("\\d+") && ProcessHandle.of(Long.parseLong(pid)).isEmpty()) {
          delete(run);
        }
      }
    }
  }

  @Override
  public void close() {
    try (Stream<Path> stacks = Files.list(path)) {
      for (Path stack : stacks.toList()) {
        for (String data : List.of("kafka", "registry", "opensearch")) {
          delete(stack.resolve(data));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot clear " + path, e);
    }
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (NoSuchFileException e) {
      // Another test JVM of this module clears the same leftovers.
      return;
    }
  }
}
