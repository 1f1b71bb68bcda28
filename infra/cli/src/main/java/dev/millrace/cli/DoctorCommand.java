package dev.millrace.cli;

import dev.millrace.devstack.Check;
import dev.millrace.devstack.Doctor;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** Says what is missing or unreachable, and what to do about it. */
@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    description = "Says what is missing or unreachable, and what to do about it.")
final class DoctorCommand implements Callable<Integer> {

  private static final String SELF_CHECK = "dev.millrace.models.script.SelfCheck";

  @ParentCommand private Main millrace;

  @Option(names = "--gpu", description = "Also run the models' self-check on the device here.")
  private boolean gpu;

  @Override
  public Integer call() throws InterruptedException {
    var screen = new Screen(System.out);
    ServerOptions servers = millrace.servers();
    List<Check> checks = new Doctor(Stacks.options(servers, servers.settings())).examine();
    for (Check check : checks) {
      screen.line(
          "%s %-12s %s"
              .formatted(
                  check.ok() ? screen.good("ok  ") : screen.bad("FAIL"),
                  check.name(),
                  check.finding()));
      if (!check.ok()) {
        screen.line("     what to do:  " + check.remedy());
      }
    }
    boolean well = checks.stream().allMatch(Check::ok);
    if (gpu) {
      well &= selfCheck();
    }
    return well ? 0 : 1;
  }

  private static boolean selfCheck() throws InterruptedException {
    try {
      return ModelsJvm.of(SELF_CHECK, List.of()).inheritIO().start().waitFor() == 0;
    } catch (IOException e) {
      throw new CommandFailure("cannot start a JVM for the models: " + e.getMessage(), e);
    }
  }
}
