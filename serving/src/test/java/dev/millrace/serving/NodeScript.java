package dev.millrace.serving;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.testkit.NpmPackage;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/**
 * A script of the test resources, run by Node with one package from npm. Where there is no Node, or
 * no registry, the test is skipped and says why.
 */
public final class NodeScript {

  private final NpmPackage packages;
  private final String name;

  private NodeScript(NpmPackage packages, String name) {
    this.packages = packages;
    this.name = name;
  }

  /**
   * Makes the script ready to run.
   *
   * @param name of the file in {@code src/test/resources/node}
   * @param npmPackage with its version, such as {@code openai@6.0.0}
   */
  public static NodeScript of(String name, String npmPackage) throws Exception {
    NpmPackage packages = NpmPackage.fetch(name.replace('.', '-'), npmPackage);
    Path script = packages.folder().resolve(name);
    try (InputStream in = NodeScript.class.getResourceAsStream("/node/" + name)) {
      Files.copy(in, script, StandardCopyOption.REPLACE_EXISTING);
    }
    return new NodeScript(packages, name);
  }

  /** Runs it and returns what it printed; fails if it ends with an error. */
  public String run(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("node", name));
    command.addAll(List.of(arguments));
    NpmPackage.Outcome outcome = packages.run(command);
    assertThat(outcome.status()).as(outcome.output()).isZero();
    return outcome.output();
  }
}
