package dev.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Searches the index and prints the passages found. */
@Command(
    name = "search",
    mixinStandardHelpOptions = true,
    description = "Searches the documents; prints the passages found, best first.")
final class SearchCommand implements Callable<Integer> {

  private static final int PREVIEW = 240;

  @Mixin private ApiOptions api;

  @Option(
      names = "--mode",
      paramLabel = "MODE",
      description = "default, bm25, vectors or hybrid (default: ${DEFAULT-VALUE}).",
      defaultValue = "default")
  private String mode;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "How many passages (default: ${DEFAULT-VALUE}).",
      defaultValue = "5")
  private int limit;

  @Option(names = "--json", description = "Print the API's answer as it is.")
  private boolean json;

  @Parameters(arity = "1..*", paramLabel = "QUERY", description = "What to look for.")
  private List<String> words;

  @Override
  public Integer call() {
    try (Api client = api.open()) {
      var body = Api.JSON.createObjectNode().put("query", String.join(" ", words));
      JsonNode found = client.post("/v1/search", body.put("mode", mode).put("limit", limit));
      var screen = new Screen(System.out);
      if (json) {
        screen.line(found.toPrettyString());
        return 0;
      }
      int number = 0;
      for (JsonNode hit : found.path("hits")) {
        print(screen, ++number, hit);
      }
      if (number == 0) {
        screen.line("nothing found");
      }
      return 0;
    }
  }

  private static void print(Screen screen, int number, JsonNode hit) {
    screen.line(
        screen.bold(
            "%d. %s".formatted(number, hit.path("title").asText(hit.path("document_id").asText()))));
    screen.line(
        screen.dim(
            "   %s, characters %d to %d, score %s"
                .formatted(
                    hit.path("document_id").asText(),
                    hit.path("start").asInt(),
                    hit.path("end").asInt(),
                    String.format(Locale.ROOT, "%.3f", hit.path("score").asDouble()))));
    String text = hit.path("text").asText().replaceAll("\\s+", " ");
    screen.line("   " + (text.length() > PREVIEW ? text.substring(0, PREVIEW) + " …" : text));
  }
}
