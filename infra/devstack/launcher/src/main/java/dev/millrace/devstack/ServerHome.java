package dev.millrace.devstack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Where the build laid out the three servers: the folder {@code infra/devstack} of a built
 * checkout. The system property {@code millrace.devstack.home} names another folder of the same
 * shape.
 *
 * @param root that folder
 */
public record ServerHome(Path root) {
  private static final String PROPERTY = "millrace.devstack.home";

  public ServerHome {
    root = root.toAbsolutePath().normalize();
    for (Path needed :
        List.of(
            Path.of("supervisor/target/millrace-devstack-supervisor.jar"),
            Path.of("kafka/target/server/lib"),
            Path.of("opensearch/target/server"),
            Path.of("launcher/target/server/registry"))) {
      if (!Files.exists(root.resolve(needed))) {
        throw new DevStackException(
            "the servers are not laid out: "
                + root.resolve(needed)
                + " is missing; build first (./mvnw -q package -DskipTests)");
      }
    }
  }

  /** Finds the folder by the system property, else from the place this class was loaded from. */
  public static ServerHome locate() {
    String given = System.getProperty(PROPERTY);
    if (given != null) {
      return new ServerHome(Path.of(given));
    }
    for (Path start : List.of(ownLocation(), Path.of("").toAbsolutePath())) {
      for (Path at = start; at != null; at = at.getParent()) {
        Path candidate = at.resolve("infra").resolve("devstack");
        if (Files.isDirectory(candidate.resolve("launcher"))) {
          return new ServerHome(candidate);
        }
      }
    }
    throw new DevStackException(
        "no built checkout around "
            + ownLocation()
            + "; name its infra/devstack with -D"
            + PROPERTY);
  }

  private static Path ownLocation() {
    try {
      return Path.of(ServerHome.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  Path supervisorJar() {
    return root.resolve("supervisor/target/millrace-devstack-supervisor.jar");
  }

  List<String> kafkaClassPath() {
    return classPath(
        root.resolve("kafka/target/millrace-devstack-kafka.jar"),
        root.resolve("kafka/target/server/lib"));
  }

  List<String> openSearchClassPath() {
    return classPath(
        root.resolve("opensearch/target/millrace-devstack-opensearch.jar"),
        openSearchDistribution().resolve("lib"));
  }

  Path openSearchConfig() {
    return root.resolve("opensearch/target/classes/config");
  }

  List<String> registryClassPath() {
    Path home = registryDistribution();
    return classPath(
        home.resolve("quarkus/transformed-bytecode.jar"),
        home.resolve("quarkus/generated-bytecode.jar"),
        home.resolve("app"),
        home.resolve("lib/boot"),
        home.resolve("lib/main"));
  }

  /**
   * Jars as they are, the jars of folders in alphabetical order: an archive wants the same order.
   */
  private static List<String> classPath(Path... entries) {
    List<String> path = new ArrayList<>();
    for (Path entry : entries) {
      if (Files.isDirectory(entry)) {
        try (Stream<Path> jars = Files.list(entry)) {
          jars.map(Path::toString).filter(jar -> jar.endsWith(".jar")).sorted().forEach(path::add);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      } else {
        path.add(entry.toString());
      }
    }
    return path;
  }

  /** The unpacked distribution, with {@code lib}, {@code modules} and {@code plugins}. */
  Path openSearchDistribution() {
    Path server = root.resolve("opensearch/target/server");
    try (Stream<Path> children = Files.list(server)) {
      return children
          .filter(child -> child.getFileName().toString().startsWith("opensearch-"))
          .max(Path::compareTo)
          .orElseThrow(() -> new DevStackException("no OpenSearch distribution in " + server));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path registryDistribution() {
    return root.resolve("launcher/target/server/registry");
  }

  /** Where child JVMs keep their shared class archives, which make later starts faster. */
  Path classArchives() {
    return root.resolve("launcher/target/server/class-archives");
  }
}
