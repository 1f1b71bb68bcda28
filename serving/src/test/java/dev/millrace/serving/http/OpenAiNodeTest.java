package dev.millrace.serving.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * As OpenAI's client for JavaScript sees it. The package is fetched into {@code target/} when the
 * test runs; without node or the registry the test is skipped, and says so.
 */
@QuarkusTest
class OpenAiNodeTest extends ClientTestBase {

  private static final String PACKAGE = "openai@7.57.0";
  private static final Path HOME = Path.of("target", "openai-node").toAbsolutePath();

  @BeforeAll
  static void fetch() throws Exception {
    Files.createDirectories(HOME);
    Assumptions.assumeTrue(
        run(List.of("node", "--version"), 20).code() == 0, "node is not on the path: skipped");
    if (!Files.isDirectory(HOME.resolve("node_modules").resolve("openai"))) {
      Outcome fetched =
          run(
              List.of(
                  "npm",
                  "install",
                  "--prefix",
                  HOME.toString(),
                  "--no-audit",
                  "--no-fund",
                  "--ignore-scripts",
                  PACKAGE),
              180);
      Assumptions.assumeTrue(
          fetched.code() == 0, () -> "npm cannot fetch " + PACKAGE + ": " + fetched.output());
    }
    try (InputStream script = OpenAiNodeTest.class.getResourceAsStream("/clients/openai.mjs")) {
      Files.write(HOME.resolve("openai.mjs"), script.readAllBytes());
    }
  }

  @Test
  void client_for_javascript_is_content() throws Exception {
    Outcome outcome =
        run(
            List.of(
                "node",
                HOME.resolve("openai.mjs").toString(),
                root.resolve("/v1").toString(),
                ENDLESS,
                Integer.toString(ENDLESS_TOKENS)),
            120);
    assertThat(outcome.code()).as(outcome.output()).isZero();
    assertThat(outcome.output()).contains("all is well");
    awaitFreeSlot();
  }

  private record Outcome(int code, String output) {}

  private static Outcome run(List<String> command, int seconds) throws InterruptedException {
    try {
      Path output = Files.createTempFile(HOME, "run", ".txt");
      Process process =
          new ProcessBuilder(command)
              .directory(HOME.toFile())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      boolean ended = process.waitFor(seconds, TimeUnit.SECONDS);
      if (!ended) {
        process.destroyForcibly().waitFor();
      }
      String said = Files.readString(output, StandardCharsets.UTF_8);
      return new Outcome(ended ? process.exitValue() : -1, said);
    } catch (IOException e) {
      return new Outcome(-1, e.getMessage());
    }
  }
}
