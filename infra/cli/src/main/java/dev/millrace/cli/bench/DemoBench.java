package dev.millrace.cli.bench;

import java.time.Duration;
import java.util.Map;

/** The demo's tour: seconds to the first cited answer, and the memory of all processes after it. */
final class DemoBench implements Bench {

  @Override
  public String name() {
    return "demo";
  }

  @Override
  public String description() {
    return "seconds to the first cited answer, and resident memory of all processes";
  }

  @Override
  public void run(BenchRun run) throws InterruptedException {
    Map<String, Duration> took = run.system().tour();
    took.forEach((name, time) -> run.figures().put(name + "_s", time.toMillis() / 1000.0));
    long sum = 0;
    for (var entry : run.system().residentMebibytes().entrySet()) {
      run.say("%-12s %5d MiB resident".formatted(entry.getKey(), entry.getValue()));
      run.figures().put(entry.getKey() + "_mib", entry.getValue());
      sum += entry.getValue();
    }
    run.figures().put("resident_mib", sum);
  }
}
