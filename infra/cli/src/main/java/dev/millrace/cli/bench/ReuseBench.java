package dev.millrace.cli.bench;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.cli.CommandFailure;
import dev.millrace.ingest.Receipt;
import java.time.Duration;
import java.util.Random;

/** How many chunks are embedded again when one sentence of a long document changes. */
final class ReuseBench implements Bench {

  private static final int SENTENCES = 1_500;
  private static final int EDITS = 20;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @Override
  public String name() {
    return "reuse";
  }

  @Override
  public String description() {
    return "chunks embedded again after one sentence of a long document changed";
  }

  @Override
  public void run(BenchRun run) throws InterruptedException {
    var random = new Random(3);
    String[] sentences = new String[SENTENCES];
    for (int i = 0; i < SENTENCES; i++) {
      sentences[i] = sentence(random);
    }
    JsonNode first = indexed(run, sentences);
    int chunks = first.path("chunks").asInt();
    int worst = 0;
    int sum = 0;
    for (int edit = 0; edit < EDITS; edit++) {
      sentences[random.nextInt(SENTENCES)] = sentence(random);
      int embedded = indexed(run, sentences).path("embedded").asInt();
      worst = Math.max(worst, embedded);
      sum += embedded;
    }
    run.say(
        "%d chunks; one changed sentence embeds %.2f chunks on average, %d at most (%d edits)"
            .formatted(chunks, (double) sum / EDITS, worst, EDITS));
    run.figures()
        .put("chunks", chunks)
        .put("embedded_mean", (double) sum / EDITS)
        .put("embedded_max", worst);
  }

  private static String sentence(Random random) {
    var text = new StringBuilder("The");
    for (int i = 0; i < 12; i++) {
      text.append(" word").append(random.nextInt(2000));
    }
    return text.append('.').toString();
  }

  private static JsonNode indexed(BenchRun run, String[] sentences) throws InterruptedException {
    var text = new StringBuilder();
    for (int i = 0; i < sentences.length; i++) {
      text.append(sentences[i]).append(i % 8 == 7 ? "\n\n" : " ");
    }
    Receipt receipt = run.send("long", "A long document", text.toString()).join();
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < end) {
      JsonNode state = state(run);
      if (state.path("revision").asLong(-1) == receipt.revision()
          && state.path("state").asText().equals("indexed")) {
        return state;
      }
      Thread.sleep(50);
    }
    throw new CommandFailure("the document was not indexed in " + PATIENCE.toSeconds() + " s");
  }

  private static JsonNode state(BenchRun run) {
    try {
      return run.api().get("/v1/documents/long");
    } catch (dev.millrace.cli.Api.ApiFailure e) {
      return dev.millrace.cli.Api.JSON.createObjectNode();
    }
  }
}
