package dev.millrace.cli;

/** Where things are, for a person to click on. */
final class Addresses {

  private Addresses() {}

  static void print(Screen screen, Instance instance) {
    String api = instance.api().toString();
    screen.heading("Where things are");
    screen.line("  web chat  " + api + "/");
    screen.line("  console   " + api + "/console");
    screen.line("  chat      " + api + "/v1/chat/completions   (OpenAI-compatible)");
    screen.line("  search    " + api + "/v1/search?q=...");
    screen.line("  MCP       " + api + "/mcp");
    screen.line("  health    " + api + "/q/health");
    screen.line("  metrics   " + api + "/q/metrics");
    screen.line("  Kafka     " + instance.settings().get("millrace.kafka.bootstrap"));
    screen.line("  registry  " + instance.settings().get("millrace.registry.urls"));
    screen.line("  OpenSearch " + instance.settings().get("millrace.opensearch.urls"));
    screen.line("");
    screen.line("In another terminal: ./millrace ask \"...\", ./millrace push documents FOLDER");
    screen.line("Ctrl-C stops everything.");
  }
}
