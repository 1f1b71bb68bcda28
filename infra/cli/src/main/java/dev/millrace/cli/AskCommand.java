package dev.millrace.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Asks a question and prints the answer as it comes, then its sources. */
@Command(
    name = "ask",
    mixinStandardHelpOptions = true,
    description = "Asks a question; prints the answer as it comes, and its numbered sources.")
final class AskCommand implements Callable<Integer> {

  private static final String INDENT = "  ";

  @ParentCommand private Main millrace;

  @Mixin private ApiOptions api;

  @Option(
      names = "--model",
      paramLabel = "NAME",
      description = "Who answers (default: ${DEFAULT-VALUE}).",
      defaultValue = "extractive")
  private String model;

  @Option(
      names = "--no-documents",
      description = "Ask a generating model without giving it the documents.")
  private boolean withoutDocuments;

  @Option(names = "--json", description = "Print the API's whole answer as it is.")
  private boolean json;

  @Parameters(arity = "1..*", paramLabel = "QUESTION", description = "The question.")
  private List<String> words;

  @Override
  public Integer call() {
    String question = String.join(" ", words);
    var screen = new Screen(System.out);
    ObjectNode request = Answer.request(model, question);
    try (Api client = api.open(millrace.servers())) {
      request.put("documents", !withoutDocuments && takesDocuments(client));
      if (json) {
        screen.line(client.post("/v1/chat/completions", request).toPrettyString());
        return 0;
      }
      var printer = new Printer(screen);
      Answer answer;
      try {
        answer = AnswerStream.ask(client, request, printer);
      } finally {
        printer.end();
      }
      answer.printSources(screen);
      return 0;
    }
  }

  /**
   * A model that reads single prompts, such as one that adds numbers, cannot be given documents.
   */
  private boolean takesDocuments(Api client) {
    return client
        .look("/v1/models/" + Api.encode(model))
        .map(node -> node.at("/millrace/documents").asBoolean(true))
        .orElse(true);
  }

  /** Prints text as it comes, each line indented. */
  private static final class Printer implements AnswerStream.Listener {

    private final Screen screen;
    private boolean lineBegun;
    private boolean thinking;

    Printer(Screen screen) {
      this.screen = screen;
    }

    @Override
    public void text(String delta) {
      if (thinking) {
        end();
        thinking = false;
      }
      lines(delta, false);
    }

    @Override
    public void reasoning(String delta) {
      thinking = true;
      lines(delta, true);
    }

    void end() {
      if (lineBegun) {
        screen.line("");
        lineBegun = false;
      }
    }

    private void lines(String delta, boolean dim) {
      String[] lines = Screen.harmless(delta).split("\n", -1);
      for (int i = 0; i < lines.length; i++) {
        if (i > 0) {
          screen.line("");
          lineBegun = false;
        }
        if (!lines[i].isEmpty()) {
          String text = dim ? screen.dim(lines[i]) : lines[i];
          screen.piece(lineBegun ? text : INDENT + text);
          lineBegun = true;
        }
      }
    }
  }
}
