package dev.millrace.cli;

import dev.millrace.devstack.ChildDeath;
import dev.millrace.devstack.ChildJvm;
import dev.millrace.devstack.ChildSpec;
import dev.millrace.devstack.ClassArchive;
import dev.millrace.devstack.ServerHome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** The application as a child JVM, under the same supervision as the servers. */
final class AppProcess {

  private static final String MAIN = "dev.millrace.app.Main";
  private static final Duration STOP = Duration.ofSeconds(25);

  private AppProcess() {}

  /**
   * Starts the application.
   *
   * @param name of its log file
   * @param settings handed over as {@code --set}
   */
  static ChildJvm start(
      ServerHome home,
      Path data,
      String name,
      String targets,
      Map<String, String> settings,
      Consumer<ChildDeath> onDeath) {
    List<String> arguments = new ArrayList<>(List.of("--target=" + targets));
    settings.forEach((key, value) -> arguments.add("--set=" + key + "=" + value));
    return ChildJvm.start(
        home,
        new ChildSpec(
            name,
            MAIN,
            jvm(home, name),
            classPath(home),
            arguments,
            ModelsJvm.ENVIRONMENT,
            data,
            data.resolve("logs").resolve(name + ".log"),
            STOP),
        onDeath);
  }

  private static List<String> jvm(ServerHome home, String name) {
    List<String> options = new ArrayList<>(ClassArchive.options(home, name));
    options.addAll(
        List.of(
            "-Xms64m",
            "-Xmx640m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "--add-opens=java.base/java.lang=ALL-UNNAMED",
            "--enable-native-access=ALL-UNNAMED",
            "-Dai.djl.offline=true",
            "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
            "-Djava.awt.headless=true"));
    return options;
  }

  /** The jars of the Quarkus build, in the order in which its own runner puts them. */
  static List<String> classPath(ServerHome home) {
    Path app = home.root().resolveSibling("app").resolve("target/quarkus-app");
    if (!Files.isDirectory(app)) {
      throw new CommandFailure(app + " is missing: build first (./mvnw -q package -DskipTests)");
    }
    List<String> path = new ArrayList<>();
    path.add(app.resolve("quarkus/transformed-bytecode.jar").toString());
    path.add(app.resolve("quarkus/generated-bytecode.jar").toString());
    for (String folder : List.of("app", "lib/boot", "lib/main")) {
      try (Stream<Path> jars = Files.list(app.resolve(folder))) {
        jars.map(Path::toString).filter(jar -> jar.endsWith(".jar")).sorted().forEach(path::add);
      } catch (IOException e) {
        throw new CommandFailure("cannot read " + app.resolve(folder) + ": " + e.getMessage(), e);
      }
    }
    return path;
  }
}
