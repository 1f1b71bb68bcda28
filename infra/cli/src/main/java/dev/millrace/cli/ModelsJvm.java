package dev.millrace.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.devstack.ServerHome;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** A JVM with the models' class path: this one does not carry libtorch. */
public final class ModelsJvm {

  /**
   * What libtorch needs of its process. Tensors come and go by the thousand: by default glibc gives
   * those above 128 KiB back to the kernel at once, and every new one costs its page faults again
   * (decision 49). The app's image sets the same.
   */
  static final Map<String, String> ENVIRONMENT =
      Map.of(
          "OMP_WAIT_POLICY", "PASSIVE",
          "OPT_OUT_TRACKING", "true",
          "MALLOC_ARENA_MAX", "2",
          "MALLOC_MMAP_THRESHOLD_", "33554432",
          "MALLOC_TRIM_THRESHOLD_", "536870912",
          "MALLOC_TOP_PAD_", "16777216");

  private ModelsJvm() {}

  /** A process that runs {@code main}; the caller starts it and waits for it. */
  public static ProcessBuilder of(String main, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "--add-modules=jdk.incubator.vector",
            "-Dai.djl.offline=true",
            "-cp",
            String.join(File.pathSeparator, AppProcess.classPath(ServerHome.locate())),
            main));
    command.addAll(arguments);
    var process = new ProcessBuilder(command);
    process.environment().putAll(ENVIRONMENT);
    return process;
  }

  /**
   * Runs a program whose last line is its figures as JSON.
   *
   * @param out is given every other line
   */
  public static JsonNode figures(String main, List<String> arguments, Consumer<String> out)
      throws InterruptedException {
    String last = "";
    try {
      Process process = of(main, arguments).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      try (BufferedReader lines =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          if (!last.isEmpty()) {
            out.accept(last);
          }
          last = line;
        }
      } finally {
        process.destroy(); // where we were interrupted; otherwise it has ended
      }
      int status = process.waitFor();
      if (status != 0) {
        throw new CommandFailure(main + " ended with status " + status + ": " + last);
      }
      return Api.JSON.readTree(last);
    } catch (JsonProcessingException e) {
      throw new CommandFailure(main + " ended without figures: " + last, e);
    } catch (IOException e) {
      throw new CommandFailure("cannot run " + main + ": " + e.getMessage(), e);
    }
  }
}
