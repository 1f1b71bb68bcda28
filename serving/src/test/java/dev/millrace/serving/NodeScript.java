package dev.millrace.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A script of the test resources, run by Node with one package from npm, which is fetched into
 * {@code target} and never committed. Where there is no Node, or no registry, the test is skipped
 * and says why.
 */
public final class NodeScript {

  private static final int SECONDS = 120;

  private final Path folder;
  private final Path script;

  private NodeScript(Path folder, Path script) {
    this.folder = folder;
    this.script = script;
  }

  /**
   * Makes the script ready to run.
   *
   * @param name of the file in {@code src/test/resources/node}
   * @param npmPackage with its version, such as {@code openai@6.0.0}
   */
  public static NodeScript of(String name, String npmPackage) throws Exception {
    assumeTrue(runs("node", "--version"), "skipped: there is no node on the path");
    assumeTrue(runs("npm", "--version"), "skipped: there is no npm on the path");
    Path folder = Files.createDirectories(Path.of("target", "node", name.replace('.', '-')));
    Path script = folder.resolve(name);
    try (InputStream in = NodeScript.class.getResourceAsStream("/node/" + name)) {
      Files.copy(in, script, StandardCopyOption.REPLACE_EXISTING);
    }
    Path marker = folder.resolve("installed");
    if (!Files.exists(marker) || !Files.readString(marker).equals(npmPackage)) {
      Files.writeString(folder.resolve("package.json"), "{\"private\": true}");
      List<String> install =
          List.of("npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", npmPackage);
      Outcome outcome = run(folder, install);
      assumeTrue(outcome.status == 0, "skipped: npm cannot fetch " + npmPackage);
      Files.writeString(marker, npmPackage);
    }
    return new NodeScript(folder, script);
  }

  /** Runs it and returns what it printed; fails if it ends with an error. */
  public String run(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("node", script.getFileName().toString()));
    command.addAll(List.of(arguments));
    Outcome outcome = run(folder, command);
    assertThat(outcome.status).as(outcome.output).isZero();
    return outcome.output;
  }

  private record Outcome(int status, String output) {}

  private static Outcome run(Path folder, List<String> command) throws Exception {
    Path output = Files.createTempFile(Path.of("target"), "node-", ".txt");
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
    } finally {
      Files.delete(output);
    }
  }

  private static boolean runs(String... command) throws Exception {
    try {
      return run(Path.of("."), List.of(command)).status == 0;
    } catch (IOException e) {
      return false;
    }
  }
}
