package dev.millrace.testkit;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What Playwright drives browsers with. Its Java library carries one for every system, 200 MB; the
 * build leaves that out, and tests fetch the one of theirs from npm.
 */
final class PlaywrightDriver {

  /** Has to be the version of the Java library. */
  private static final String PACKAGE = "playwright-core@1.62.0";

  private PlaywrightDriver() {}

  /** The environment in which Playwright finds it; skips the test where it cannot be fetched. */
  static Map<String, String> environment() {
    Path folder = NpmPackage.fetch("playwright", PACKAGE).folder();
    Path link = folder.resolve("package");
    if (!Files.exists(link)) {
      try {
        Files.createSymbolicLink(link, folder.resolve("node_modules/playwright-core"));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    System.setProperty("playwright.cli.dir", folder.toString());
    return Map.of(
        "PLAYWRIGHT_NODEJS_PATH",
        onPath(List.of("node")).orElseThrow().toString(),
        "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD",
        "1");
  }

  /** The first of these programs. */
  static Optional<Path> onPath(List<String> names) {
    return Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
        .flatMap(folder -> names.stream().map(name -> Path.of(folder, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }
}
