package dev.millrace.devstack;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** How one of the three servers is run and asked whether it answers. */
interface ServerDefinition {

  /** Writes what the server reads from its folder, and says how to run its JVM. */
  ChildSpec prepare();

  /** A new probe; the caller closes it. */
  ReadyProbe probe();

  /** What a user would type to reach it. */
  String address();

  /** A child specification with what all three have in common. */
  static ChildSpec spec(
      ServerKind kind,
      ServerHome home,
      Path data,
      String mainClass,
      List<String> classPath,
      List<String> jvmOptions,
      List<String> arguments) {
    return new ChildSpec(
        kind.id(),
        mainClass,
        allOptions(home, kind, jvmOptions),
        classPath,
        arguments,
        // Two arenas instead of eight per core: malloc otherwise keeps a hundred megabytes more.
        Map.of("MALLOC_ARENA_MAX", "2"),
        data,
        data.resolve("logs").resolve(kind.id() + ".log"),
        Duration.ofSeconds(20));
  }

  private static List<String> allOptions(ServerHome home, ServerKind kind, List<String> own) {
    List<String> options = new ArrayList<>(own);
    options.addAll(ClassArchive.options(home, kind.id()));
    if (Runtime.version().feature() >= 23) {
      // Libraries of all three still use it; four lines of warning at each start help nobody.
      options.add("--sun-misc-unsafe-memory-access=allow");
    }
    return options;
  }
}
