package dev.millrace.cli;

import dev.millrace.devstack.ServerHome;
import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A JVM with the models' class path: this one does not carry libtorch. */
public final class ModelsJvm {

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
    return new ProcessBuilder(command);
  }
}
