package dev.millrace.models.bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;

/** Wall and CPU time of one thing, measured several times. */
final class Clock {

  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private final double[] wall;
  private final double[] cpu;
  private int runs;

  Clock(int runs) {
    this.wall = new double[runs];
    this.cpu = new double[runs];
  }

  /** Runs once; {@code units} is what the time is divided by. */
  void time(double units, Runnable code) {
    long cpuBefore = SYSTEM.getProcessCpuTime();
    long before = System.nanoTime();
    code.run();
    wall[runs] = (System.nanoTime() - before) / 1e6 / units;
    cpu[runs] = (SYSTEM.getProcessCpuTime() - cpuBefore) / 1e6 / units;
    runs++;
  }

  /** Median wall milliseconds a unit. */
  double wallMs() {
    return median(wall);
  }

  /** Median CPU milliseconds a unit, all threads together. */
  double cpuMs() {
    return median(cpu);
  }

  private double median(double[] values) {
    double[] sorted = Arrays.copyOf(values, runs);
    Arrays.sort(sorted);
    return sorted.length == 0 ? Double.NaN : sorted[sorted.length / 2];
  }
}
