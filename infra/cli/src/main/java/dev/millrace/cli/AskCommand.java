package dev.millrace.cli;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Asks a question and prints the answer with its sources. */
@Command(
    name = "ask",
    mixinStandardHelpOptions = true,
    description = "Asks a question; prints the answer and its numbered sources.")
final class AskCommand implements Callable<Integer> {

  @Mixin private ApiOptions api;

  @Option(
      names = "--model",
      paramLabel = "NAME",
      description = "Who answers (default: ${DEFAULT-VALUE}).",
      defaultValue = "extractive")
  private String model;

  @Parameters(arity = "1..*", paramLabel = "QUESTION", description = "The question.")
  private List<String> words;

  @Override
  public Integer call() {
    try (Api client = api.open()) {
      Answer.to(client, model, String.join(" ", words)).print(new Screen(System.out));
      return 0;
    }
  }
}
