package dev.millrace.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The documentation of Apache Kafka, which the repository carries with its licence. */
record DemoCorpus(Path folder) {

  /** A page and its id, the path below the folder. */
  record Page(String id, byte[] content) {

    Page replace(String from, String to) {
      String text = new String(content, StandardCharsets.UTF_8);
      return new Page(id, text.replace(from, to).getBytes(StandardCharsets.UTF_8));
    }
  }

  static DemoCorpus carried() {
    String home = System.getProperty("millrace.home", ".");
    Path folder = Path.of(home, "infra", "cli", "src", "main", "demo", "kafka-docs", "docs");
    if (!Files.isDirectory(folder)) {
      throw new CommandFailure("the demo's documents are missing: " + folder);
    }
    return new DemoCorpus(folder);
  }

  List<Page> pages() {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(Files::isRegularFile)
          .sorted()
          .map(file -> new Page(id(file), read(file)))
          .toList();
    } catch (IOException e) {
      throw new CommandFailure("cannot read " + folder + ": " + e.getMessage(), e);
    }
  }

  private String id(Path file) {
    return "kafka/" + folder.relativize(file).toString().replace('\\', '/');
  }

  private static byte[] read(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
