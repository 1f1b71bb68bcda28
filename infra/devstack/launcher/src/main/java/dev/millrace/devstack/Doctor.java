package dev.millrace.devstack;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Looks at everything a stack needs before it starts, and at what it runs against. */
public final class Doctor {
  private static final long WANTED_DISK_BYTES = 2L << 30;
  private static final long WANTED_MEMORY_BYTES = 3L << 30;
  private static final int OLDEST_JDK = 21;

  private final DevStackOptions options;

  public Doctor(DevStackOptions options) {
    this.options = options;
  }

  /** All checks, in the order in which a user should mend things. */
  public List<Check> examine() throws InterruptedException {
    List<Check> checks = new ArrayList<>();
    checks.add(jdk(Runtime.version().feature(), Path.of(System.getProperty("java.home"))));
    checks.add(memory(Machine.availableMemoryBytes()));
    checks.add(disk(FolderProblem.freeBytes(options.data())));
    Optional<String> holder = FolderLock.holder(options.data());
    checks.add(folder(holder));
    if (options.startsAny()) {
      checks.add(servers());
      if (holder.isEmpty()) {
        checks.addAll(ports());
      }
    }
    checks.addAll(new EndpointChecks(options, holder.isPresent()).examine());
    return checks;
  }

  static Check jdk(int feature, Path home) {
    String found = "JDK " + feature + " in " + home;
    if (feature < OLDEST_JDK) {
      return Check.failed(
          "JDK", found, "install JDK " + OLDEST_JDK + " or later and point JAVA_HOME at it");
    }
    if (ModuleLayer.boot().configuration().findModule("jdk.unsupported").isEmpty()
        || java.lang.module.ModuleFinder.ofSystem().find("jdk.incubator.vector").isEmpty()) {
      return Check.failed(
          "JDK", found + " is a reduced runtime", "use a complete JDK " + OLDEST_JDK + " or later");
    }
    return Check.passed("JDK", found);
  }

  static Check memory(long availableBytes) {
    String found = mebibytes(availableBytes) + " available";
    return availableBytes >= WANTED_MEMORY_BYTES
        ? Check.passed("memory", found)
        : Check.failed(
            "memory",
            found + ", " + mebibytes(WANTED_MEMORY_BYTES) + " wanted",
            "close other programs, or use existing servers with --kafka, --registry, --opensearch");
  }

  Check disk(long freeBytes) {
    String found = mebibytes(freeBytes) + " free at " + options.data();
    return freeBytes >= WANTED_DISK_BYTES
        ? Check.passed("disk", found)
        : Check.failed(
            "disk",
            found + ", " + mebibytes(WANTED_DISK_BYTES) + " wanted",
            "free some space, or give a folder on another disk with --data");
  }

  private Check folder(Optional<String> holder) {
    if (holder.isPresent()) {
      return Check.passed("data folder", options.data() + ", in use by pid " + holder.get());
    }
    return FolderProblem.whyNotWritable(options.data())
        .map(why -> Check.failed("data folder", options.data() + ": " + why, "choose another"))
        .orElseGet(() -> Check.passed("data folder", options.data() + ", writable"));
  }

  private static Check servers() {
    try {
      return Check.passed("servers", "laid out in " + ServerHome.locate().root());
    } catch (DevStackException e) {
      return Check.failed("servers", e.getMessage(), "build: ./mvnw -q package -DskipTests");
    }
  }

  private List<Check> ports() {
    List<Check> checks = new ArrayList<>();
    options
        .ports()
        .forEach(
            (kind, port) -> {
              String name = kind.title() + " port";
              checks.add(
                  PortBook.isFree(port)
                      ? Check.passed(name, port + " is free")
                      : Check.failed(
                          name,
                          port + " is taken by another program",
                          "give another with --" + kind.id() + "-port, or leave it out"));
            });
    return checks;
  }

  private static String mebibytes(long bytes) {
    return (bytes >> 20) + " MiB";
  }
}
