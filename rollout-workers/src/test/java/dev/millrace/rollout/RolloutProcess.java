package dev.millrace.rollout;

import dev.millrace.runtime.Settings;
import dev.millrace.runtime.StageContext;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The stage in a process of its own, to be killed. It says when it samples, and ends when its
 * standard input does.
 */
final class RolloutProcess {

  private static final File LOG = new File("target/rollout-process.log");
  private static final String SAMPLES = "samples now";

  private RolloutProcess() {}

  public static void main(String[] settings) throws IOException, InterruptedException {
    Map<String, String> overrides = new HashMap<>();
    for (String setting : settings) {
      overrides.put(
          setting.substring(0, setting.indexOf('=')), setting.substring(setting.indexOf('=') + 1));
    }
    var meters = new SimpleMeterRegistry();
    var context = StageContext.of(Settings.load(Optional.empty(), overrides), meters);
    try (var stage = RolloutStage.of(context)) {
      stage.start();
      Thread teller = Thread.ofPlatform().daemon().name("teller").start(() -> tell(meters));
      while (System.in.read() >= 0) {
        // lives as long as its parent
      }
      teller.interrupt();
    }
  }

  private static void tell(SimpleMeterRegistry meters) {
    try {
      while (meters.find("num_requests_running").gauges().stream().noneMatch(g -> g.value() > 0)) {
        TimeUnit.MILLISECONDS.sleep(5);
      }
      System.out.println(SAMPLES);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  static Process start(Map<String, String> settings) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xmx256m", "-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED", "-cp"));
    command.add(System.getProperty("java.class.path"));
    command.add(RolloutProcess.class.getName());
    settings.forEach((key, value) -> command.add(key + "=" + value));
    return new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(LOG).start();
  }

  /** Whether it has said that it samples. */
  static boolean samples(Process process) throws IOException {
    if (!process.isAlive()) {
      throw new IllegalStateException("the worker ended by itself: see " + LOG);
    }
    return Files.readString(LOG.toPath(), StandardCharsets.UTF_8).contains(SAMPLES);
  }
}
