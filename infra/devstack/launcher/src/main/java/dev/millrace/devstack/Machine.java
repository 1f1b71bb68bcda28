package dev.millrace.devstack;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What this machine has. */
final class Machine {
  private static final Path MEMINFO = Path.of("/proc/meminfo");

  private Machine() {}

  /**
   * Memory that new programs can get without swapping. Linux names it; elsewhere half of all memory
   * is taken for it, since "free" leaves out what caches would give back.
   */
  static long availableMemoryBytes() {
    if (Files.isReadable(MEMINFO)) {
      try {
        return memAvailable(Files.readAllLines(MEMINFO));
      } catch (IOException e) {
        throw new DevStackException("cannot read " + MEMINFO + ": " + Failures.reason(e), e);
      }
    }
    OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    return system.getTotalMemorySize() / 2;
  }

  static long memAvailable(List<String> meminfo) {
    return meminfo.stream()
        .filter(line -> line.startsWith("MemAvailable:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
        .findFirst()
        .orElse(0);
  }
}
