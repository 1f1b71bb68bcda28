package dev.millrace.testkit;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A package from npm, fetched into {@code target} and never committed. Where there is no Node, or
 * no registry, the test that wants it is skipped and says why.
 *
 * @param folder has the package in its {@code node_modules}; absolute
 */
public record NpmPackage(Path folder) {

  private static final int SECONDS = 180;

  /** How a process ended, and all that it printed. */
  public record Outcome(int status, String output) {}

  /**
   * Fetches it, unless it is there.
   *
   * @param name of the folder in {@code target/node}
   * @param npmPackage with its version, such as {@code openai@6.0.0}
   */
  public static NpmPackage fetch(String name, String npmPackage) {
    assumeTrue(runs("node", "--version"), "skipped: there is no node on the path");
    assumeTrue(runs("npm", "--version"), "skipped: there is no npm on the path");
    try {
      Path folder = Files.createDirectories(Path.of("target", "node", name)).toAbsolutePath();
      Path marker = folder.resolve("installed");
      if (!Files.exists(marker) || !Files.readString(marker).equals(npmPackage)) {
        Files.writeString(folder.resolve("package.json"), "{\"private\": true}");
        List<String> install =
            List.of("npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", npmPackage);
        Outcome outcome = run(folder, install);
        assumeTrue(outcome.status() == 0, "skipped: npm cannot fetch " + npmPackage);
        Files.writeString(marker, npmPackage);
      }
      return new NpmPackage(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs a command in the folder; one that takes too long is ended, with status -1. */
  public Outcome run(List<String> command) {
    try {
      return run(folder, command);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Outcome run(Path folder, List<String> command) throws IOException {
    Path output = Files.createTempFile("node-", ".txt");
    try {
      Process process =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      boolean ended = process.waitFor(SECONDS, TimeUnit.SECONDS);
      if (!ended) {
        process.destroyForcibly().waitFor();
      }
      String text = Files.readString(output, StandardCharsets.UTF_8);
      return new Outcome(ended ? process.exitValue() : -1, text);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while " + command + " ran", e);
    } finally {
      Files.delete(output);
    }
  }

  private static boolean runs(String... command) {
    try {
      return run(Path.of("."), List.of(command)).status() == 0;
    } catch (IOException e) {
      return false;
    }
  }
}
