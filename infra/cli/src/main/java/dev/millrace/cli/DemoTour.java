package dev.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.contracts.avro.Document;
import dev.millrace.ingest.DocumentProducer;
import dev.millrace.ingest.Receipt;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;

/**
 * What the demo shows, step by step. Every step has a deadline and says whether it held; the tour
 * goes on after one that did not, so that a person sees all there is to see.
 */
final class DemoTour {

  private static final Duration STEP = Duration.ofSeconds(60);
  private static final String MODEL = "extractive";
  private static final String CHANGED_PAGE = "kafka/quickstart.html";
  private static final String CHANGED_QUESTION =
      "Which Java version must my local environment have installed?";
  private static final String BEFORE = "Java 11+";
  private static final String AFTER = "Java 21+";
  private static final List<String> QUESTIONS =
      List.of(
          "What does acks=all mean?",
          "How can I list all consumer groups?",
          "What does log compaction retain?");

  private final DocumentProducer documents;
  private final Api api;
  private final Screen screen;
  private final Map<String, Duration> took = new LinkedHashMap<>();
  private boolean held = true;

  DemoTour(DocumentProducer documents, Api api, Screen screen) {
    this.documents = documents;
    this.api = api;
    this.screen = screen;
  }

  /** True when every step held. */
  boolean run(DemoCorpus corpus) throws InterruptedException {
    List<DemoCorpus.Page> pages = corpus.pages();
    pushAll(pages);
    boolean first = true;
    for (String question : QUESTIONS) {
      ask(question, first);
      first = false;
    }
    DemoCorpus.Page quickstart =
        pages.stream().filter(page -> page.id().equals(CHANGED_PAGE)).findFirst().orElseThrow();
    change(quickstart);
    delete();
    return held;
  }

  /** How long things took, by name; {@code first_answer} counts from the start of the process. */
  Map<String, Duration> timings() {
    return Collections.unmodifiableMap(took);
  }

  private void pushAll(List<DemoCorpus.Page> pages) throws InterruptedException {
    screen.heading("Documents in: the documentation of Apache Kafka");
    long began = System.nanoTime();
    List<CompletableFuture<Receipt>> sent = new ArrayList<>();
    long bytes = 0;
    for (DemoCorpus.Page page : pages) {
      sent.add(documents.send(document(page)));
      bytes += page.content().length;
    }
    Receipt newest = null;
    List<Receipt> receipts = new ArrayList<>();
    for (var receipt : sent) {
      newest = await(receipt);
      receipts.add(newest);
    }
    screen.step(
        String.format(
            Locale.ROOT, "sent %d pages, %.1f MB, in %s", pages.size(), bytes / 1e6, since(began)));
    int chunks = 0;
    Map<String, Integer> rejected = new TreeMap<>();
    for (Receipt receipt : receipts) {
      JsonNode state = awaitState(receipt);
      chunks += state.path("chunks").asInt();
      if (state.path("state").asText().equals("rejected")) {
        rejected.merge(state.path("reason").asText(), 1, Integer::sum);
      }
    }
    took.put("indexed", Duration.ofNanos(System.nanoTime() - began));
    int turnedAway = rejected.values().stream().mapToInt(Integer::intValue).sum();
    step(
        chunks > 0,
        "parsed, chunked, embedded and indexed in %s: %d chunks of %d pages"
            .formatted(since(began), chunks, pages.size() - turnedAway));
    rejected.forEach(
        (reason, count) ->
            screen.line(
                screen.dim(
                    "         %d pages were rejected and recorded, reason %s%s"
                        .formatted(
                            count,
                            reason,
                            reason.equals("no-text") ? " (they only include other pages)" : ""))));
  }

  private void ask(String question, boolean first) throws InterruptedException {
    screen.heading("? " + question);
    Answer answer = until(question, Answer::isCited);
    answer.print(screen);
    if (first) {
      took.put("first_answer", screen.sinceStart());
    }
    step(
        answer.isCited(),
        (first ? "first cited answer, " : "cited answer, ")
            + Screen.seconds(screen.sinceStart())
            + " after the start");
  }

  private void change(DemoCorpus.Page page) throws InterruptedException {
    screen.heading("? " + CHANGED_QUESTION);
    Answer before = until(CHANGED_QUESTION, answer -> answer.text().contains(BEFORE));
    before.print(screen);
    step(
        before.text().contains(BEFORE) && before.cites(CHANGED_PAGE), "answered from " + page.id());
    screen.heading("Now " + page.id() + " changes: " + BEFORE + " becomes " + AFTER);
    long began = System.nanoTime();
    await(documents.send(document(page.replace(BEFORE, AFTER))));
    Answer after = until(CHANGED_QUESTION, answer -> answer.text().contains(AFTER));
    took.put("change", Duration.ofNanos(System.nanoTime() - began));
    after.print(screen);
    step(
        after.text().contains(AFTER), "the answer changed " + since(began) + " after the document");
  }

  private void delete() throws InterruptedException {
    screen.heading("Now " + CHANGED_PAGE + " is deleted");
    long began = System.nanoTime();
    await(documents.delete(CHANGED_PAGE));
    Answer gone = until(CHANGED_QUESTION, answer -> !answer.cites(CHANGED_PAGE));
    took.put("deletion", Duration.ofNanos(System.nanoTime() - began));
    step(
        !gone.cites(CHANGED_PAGE) && !gone.text().contains(AFTER),
        "no answer comes from it any more, " + since(began) + " after the deletion");
  }

  /** Asks until the answer fits, at the most for the length of a step; returns the last one. */
  private Answer until(String question, Predicate<Answer> fits) throws InterruptedException {
    long end = System.nanoTime() + STEP.toNanos();
    while (true) {
      Answer answer = Answer.to(api, MODEL, question);
      if (fits.test(answer) || System.nanoTime() > end) {
        return answer;
      }
      Thread.sleep(50);
    }
  }

  private JsonNode awaitState(Receipt receipt) throws InterruptedException {
    long end = System.nanoTime() + STEP.toNanos();
    while (true) {
      JsonNode state = state(receipt.id());
      boolean done =
          state.path("revision").asLong(-1) >= receipt.revision()
              && !state.path("state").asText().equals("received");
      if (done || System.nanoTime() > end) {
        return state;
      }
      Thread.sleep(100);
    }
  }

  private JsonNode state(String id) {
    try {
      return api.get("/v1/documents/" + id);
    } catch (Api.ApiFailure e) {
      if (e.status() == 404) {
        return Api.JSON.createObjectNode(); // not seen yet
      }
      throw e;
    }
  }

  static Document document(DemoCorpus.Page page) {
    return new Document(
        page.id(),
        ByteBuffer.wrap(page.content()),
        null,
        page.id().substring(page.id().lastIndexOf('/') + 1),
        null,
        "https://kafka.apache.org/documentation/#" + page.id(),
        Map.of("product", "Apache Kafka"),
        List.of(),
        System.currentTimeMillis());
  }

  private static <T> T await(CompletableFuture<T> future) throws InterruptedException {
    try {
      return future.get(STEP.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new CommandFailure(e.getCause().getMessage(), e);
    } catch (TimeoutException e) {
      throw new CommandFailure("Kafka did not take a document in " + STEP.toSeconds() + " s", e);
    }
  }

  private void step(boolean ok, String text) {
    held &= ok;
    screen.step(ok ? screen.good("✓ ") + text : screen.bad("✗ did not hold: ") + text);
  }

  private static String since(long began) {
    return Screen.seconds(Duration.ofNanos(System.nanoTime() - began));
  }
}
