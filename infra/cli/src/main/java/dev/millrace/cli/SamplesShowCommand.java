package dev.millrace.cli;

import dev.millrace.monitor.samples.SampleLog;
import dev.millrace.monitor.samples.SampledGroup;
import dev.millrace.runtime.StageContext;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.kafka.common.KafkaException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code samples show TASK}. */
@Command(
    name = "show",
    mixinStandardHelpOptions = true,
    description =
        "Shows the prompt of a task and every answer with its rewards and the versions that wrote"
            + " it.")
final class SamplesShowCommand implements Callable<Integer> {

  @ParentCommand private SamplesCommand samples;

  @Parameters(paramLabel = "TASK", description = "Id of the task, for example run/00000012/0003.")
  private String task;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() {
    StageContext context = Servers.context(samples.millrace());
    try (SampleLog log = SampleLog.open(context)) {
      SampledGroup group =
          log.find(task, GroupOptions.LIMIT)
              .orElseThrow(
                  () ->
                      new CommandFailure(
                          "there are no scored answers to task %s; millrace trace task %s tells how far it came"
                              .formatted(task, task)));
      var printer = new SamplePrinter(new Screen(System.out));
      if (json) {
        printer.json(new SampleLog.Found(List.of(group), true));
      } else {
        printer.show(group);
      }
      return 0;
    } catch (KafkaException e) {
      throw Servers.away(context, e);
    }
  }
}
