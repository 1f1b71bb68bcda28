package dev.millrace.devstack;

import java.io.File;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * How to run one child JVM.
 *
 * @param name short, used in messages
 * @param mainClass the real main class; the supervisor runs it
 * @param jvmOptions options of the {@code java} command, without the class path
 * @param classPath jars or folders; {@code folder/*} is allowed
 * @param arguments of the main class
 * @param environment added to the parent's environment
 * @param directory the child's working directory
 * @param log file that gets standard output and standard error, appended
 * @param stopDeadline how long an orderly stop may take before the child is killed
 */
public record ChildSpec(
    String name,
    String mainClass,
    List<String> jvmOptions,
    List<String> classPath,
    List<String> arguments,
    Map<String, String> environment,
    Path directory,
    Path log,
    Duration stopDeadline) {

  public ChildSpec {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(mainClass, "mainClass");
    Objects.requireNonNull(directory, "directory");
    Objects.requireNonNull(log, "log");
    jvmOptions = List.copyOf(jvmOptions);
    classPath = List.copyOf(classPath);
    arguments = List.copyOf(arguments);
    environment = Map.copyOf(environment);
    if (stopDeadline.isNegative() || stopDeadline.isZero()) {
      throw new IllegalArgumentException("stop deadline must be positive: " + stopDeadline);
    }
  }

  /** The whole command: this JVM's own {@code java}, the supervisor, then the real main class. */
  List<String> command(Path supervisorJar) {
    List<String> path = new ArrayList<>();
    path.add(supervisorJar.toString());
    path.addAll(classPath);
    List<String> command = new ArrayList<>();
    command.add(javaCommand().toString());
    command.addAll(jvmOptions);
    command.add("-Dmillrace.supervisor.deadline.ms=" + stopDeadline.toMillis());
    command.add("-cp");
    command.add(String.join(File.pathSeparator, path));
    command.add("dev.millrace.devstack.supervisor.Supervisor");
    command.add(mainClass);
    command.addAll(arguments);
    return command;
  }

  private static Path javaCommand() {
    return Path.of(System.getProperty("java.home"), "bin", "java");
  }
}
