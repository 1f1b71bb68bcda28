package dev.millrace.preprocess.parse;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** How a parser's process is started: this JVM's program, a small heap, a class path with Tika. */
final class ChildCommand {

  private ChildCommand() {}

  static ProcessBuilder build(ParseLimits limits, int heapMiB, Path temporary) {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    var builder =
        new ProcessBuilder(
            List.of(
                java,
                "-Xmx" + heapMiB + "m",
                "-Xss1m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:+ExitOnOutOfMemoryError",
                "-XX:-UsePerfData",
                "-Xshare:auto",
                "-Djava.awt.headless=true",
                "-Dlog4j2.loggerContextFactory="
                    + "org.apache.logging.log4j.simple.SimpleLoggerContextFactory",
                "-Djava.io.tmpdir=" + temporary,
                "-cp",
                classPath(),
                ParserChild.class.getName(),
                String.valueOf(limits.maxBytes()),
                String.valueOf(limits.maxChars()),
                String.valueOf(limits.maxDepth()),
                String.valueOf(limits.maxParts())));
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    Map<String, String> environment = builder.environment();
    environment.remove("JAVA_TOOL_OPTIONS"); // a debugger's port cannot be opened twice
    environment.remove("JDK_JAVA_OPTIONS");
    return builder;
  }

  /**
   * Application servers load classes from a folder of archives that {@code java.class.path} does not
   * name: then that folder is the class path.
   */
  private static String classPath() {
    CodeSource source = ParserChild.class.getProtectionDomain().getCodeSource();
    if (source != null && source.getLocation() != null) {
      try {
        Path folder = Path.of(source.getLocation().toURI()).getParent();
        if (folder != null && holdsTika(folder)) {
          return folder.resolve("*").toString();
        }
      } catch (URISyntaxException | IllegalArgumentException | IOException e) {
        return System.getProperty("java.class.path"); // not loaded from a plain file
      }
    }
    return System.getProperty("java.class.path");
  }

  private static boolean holdsTika(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return false;
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.anyMatch(file -> file.getFileName().toString().matches(".*tika-core.*\\.jar"));
    }
  }
}
