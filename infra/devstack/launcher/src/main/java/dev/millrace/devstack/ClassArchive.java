package dev.millrace.devstack;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The options that make a JVM keep the classes it loaded in an archive when it ends, and map them
 * from there the next time. An archive that does not fit (another JDK, a rebuilt jar) is ignored
 * and written anew.
 */
public final class ClassArchive {
  private ClassArchive() {}

  /** {@code further} and the archive's options, for the child called {@code name}. */
  public static List<String> options(ServerHome home, String name) {
    Runtime.Version jdk = Runtime.version();
    String file = name + "-jdk" + jdk.feature() + ".jsa";
    return List.of(
        "-XX:+AutoCreateSharedArchive",
        "-XX:SharedArchiveFile=" + existing(home.classArchives()).resolve(file),
        "-Xlog:cds=off",
        "-Xlog:cds+dynamic=off");
  }

  private static Path existing(Path folder) {
    try {
      return Files.createDirectories(folder);
    } catch (IOException e) {
      throw new DevStackException("cannot make " + folder + ": " + FolderProblem.explain(e), e);
    }
  }
}
