package dev.millrace.devstack;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/** A launcher in a JVM of its own, which a test may kill. */
final class LauncherProcess implements AutoCloseable {
  private static final long START_SECONDS = 120;

  private final Process process;
  private static final long SIGINT = 1L << 1;

  private final Path data;
  private final StringBuffer output = new StringBuffer();
  private final CompletableFuture<Void> ready = new CompletableFuture<>();

  LauncherProcess(Path data, String... options) throws IOException {
    this.data = data;
    List<String> command = new ArrayList<>(hearingInterrupts());
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx64m",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            DevStackMain.class.getName(),
            "--data",
            data.toString()));
    command.addAll(List.of(options));
    process = new ProcessBuilder(command).redirectErrorStream(true).start();
    Thread reader = new Thread(this::read, "launcher-output");
    reader.setDaemon(true);
    reader.start();
  }

  /**
   * A build that runs in the background of a shell ignores SIGINT, its children inherit that, and
   * no Ctrl-C would reach them.
   */
  private static List<String> hearingInterrupts() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.isReadable(status)) {
      return List.of();
    }
    try (Stream<String> lines = Files.lines(status)) {
      boolean ignored =
          lines
              .filter(line -> line.startsWith("SigIgn:"))
              .mapToLong(line -> Long.parseUnsignedLong(line.substring(7).strip(), 16))
              .anyMatch(mask -> (mask & SIGINT) != 0);
      return ignored ? List.of("env", "--default-signal=INT") : List.of();
    }
  }

  private void read() {
    try (BufferedReader lines = process.inputReader()) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        output.append(line).append('\n');
        if (line.startsWith("all ready")) {
          ready.complete(null);
        }
      }
      ready.completeExceptionally(new IOException("the launcher ended:\n" + output));
    } catch (IOException e) {
      ready.completeExceptionally(e);
    }
  }

  LauncherProcess awaitReady() throws InterruptedException, ExecutionException, TimeoutException {
    ready.get(START_SECONDS, TimeUnit.SECONDS);
    return this;
  }

  /** Its servers, as the folder's records name them. */
  List<ProcessHandle> children() throws IOException {
    List<ProcessHandle> children = new ArrayList<>();
    try (Stream<Path> records = Files.list(data.resolve("run"))) {
      for (Path file : records.toList()) {
        long pid = Long.parseLong(Files.readString(file).split(" ")[0]);
        ProcessHandle.of(pid).ifPresent(children::add);
      }
    }
    return children;
  }

  void kill() {
    process.destroyForcibly().onExit().orTimeout(10, TimeUnit.SECONDS).join();
  }

  /** What a terminal sends at Ctrl-C, to the launcher and all its children at once. */
  void interruptAll() throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("kill", "-INT", Long.toString(process.pid())));
    children().forEach(child -> command.add(Long.toString(child.pid())));
    new ProcessBuilder(command).inheritIO().start().waitFor(5, TimeUnit.SECONDS);
  }

  /** The exit code, once it has ended by itself. */
  int awaitExit() throws InterruptedException {
    if (!process.waitFor(START_SECONDS, TimeUnit.SECONDS)) {
      throw new IllegalStateException("the launcher did not end:\n" + output);
    }
    return process.exitValue();
  }

  String output() {
    return output.toString();
  }

  @Override
  public void close() {
    kill();
  }
}
