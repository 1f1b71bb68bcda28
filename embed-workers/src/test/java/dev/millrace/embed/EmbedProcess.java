package dev.millrace.embed;

import dev.millrace.runtime.Settings;
import dev.millrace.runtime.StageContext;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The stage in a process of its own, to be killed. It ends when its standard input does. */
final class EmbedProcess {

  private EmbedProcess() {}

  public static void main(String[] settings) throws IOException {
    Map<String, String> overrides = new java.util.HashMap<>();
    for (String setting : settings) {
      overrides.put(
          setting.substring(0, setting.indexOf('=')), setting.substring(setting.indexOf('=') + 1));
    }
    var context =
        StageContext.of(Settings.load(Optional.empty(), overrides), new SimpleMeterRegistry());
    try (var stage = EmbedStage.of(context)) {
      stage.start();
      while (System.in.read() >= 0) {
        // lives as long as its parent
      }
    }
  }

  static Process start(Map<String, String> settings) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx256m", "-XX:TieredStopAtLevel=1", "-cp"));
    command.add(System.getProperty("java.class.path"));
    command.add(EmbedProcess.class.getName());
    settings.forEach((key, value) -> command.add(key + "=" + value));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(new File("target/embed-process.log"))
        .start();
  }
}
