package dev.millrace.cli.bench;

import dev.millrace.cli.CommandFailure;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.ToDoubleFunction;

/**
 * The chat endpoint over the demo's documents: how soon an answer begins and ends at several
 * numbers of clients, each of which asks again as soon as it is answered; what becomes of more
 * requests than there are places; and what hybrid search adds to OpenSearch's own query. Answers
 * are quotes, and texts of a model of random weights (d 256, 4 layers, 2,048 tokens) that runs in
 * the server.
 */
final class ChatBench implements Bench {

  private static final List<Integer> CLIENTS = List.of(1, 8, 32);
  private static final Duration TIME = Duration.ofSeconds(12);
  private static final Duration WARM_UP = Duration.ofSeconds(6);
  private static final String QUOTES = "extractive";
  private static final String MODEL = "bench";
  private static final int ANSWER = 64;
  private static final int LONG_ANSWER = 256;
  private static final int BEYOND = 64;

  @Override
  public String name() {
    return "chat";
  }

  @Override
  public String description() {
    return "first byte, tokens/s and latency at 1, 8 and 32 clients; refusals; cost of hybrid";
  }

  @Override
  public Map<String, String> prepare(Path folder, Path texts) throws InterruptedException {
    Path models = RandomModels.write(folder, texts);
    return Map.of("millrace.serving.local.models", MODEL + "=" + models.resolve(RandomModels.CHAT));
  }

  @Override
  public void run(BenchRun run) throws InterruptedException {
    run.say("%d pages".formatted(run.fillWithDemo()));
    run.awaitModel(MODEL);
    run.say(
        "model       clients  first byte p50/p99 ms    whole p50/p99 ms   tokens/s  answers/s "
            + " refused");
    for (String model : List.of(QUOTES, MODEL)) {
      load(run, model, CLIENTS.getLast(), WARM_UP);
      for (int clients : CLIENTS) {
        tell(run, model, clients, load(run, model, clients, TIME));
      }
    }
    beyond(run);
    new HybridCost().measure(run);
  }

  /** What clients that ask on and on were answered, and for how long they asked. */
  private record Load(List<ChatClient.Asked> asked, double seconds) {}

  private static Load load(BenchRun run, String model, int clients, Duration time)
      throws InterruptedException {
    var client = new ChatClient(run.api(), model, model.equals(MODEL) ? ANSWER : 1_024);
    long began = System.nanoTime();
    long end = began + time.toNanos();
    List<List<ChatClient.Asked>> all =
        together(
            clients,
            number -> {
              List<ChatClient.Asked> own = new ArrayList<>();
              for (int i = number; System.nanoTime() < end; i++) {
                own.add(client.ask(DemoQuestions.get(i)));
              }
              return own;
            });
    return new Load(all.stream().flatMap(List::stream).toList(), (System.nanoTime() - began) / 1e9);
  }

  private static void tell(BenchRun run, String model, int clients, Load load) {
    List<ChatClient.Asked> answered = load.asked().stream().filter(a -> !a.refused()).toList();
    double[] first = sorted(answered, ChatClient.Asked::firstByte);
    double[] whole = sorted(answered, ChatClient.Asked::whole);
    long tokens = answered.stream().mapToLong(ChatClient.Asked::tokens).sum();
    long refused = load.asked().size() - answered.size();
    String key = model + "_" + clients + "_";
    run.figures()
        .percentiles(key + "first_byte", first)
        .percentiles(key + "whole", whole)
        .put(key + "tokens_per_s", tokens / load.seconds())
        .put(key + "answers_per_s", answered.size() / load.seconds())
        .put(key + "refused", refused);
    run.say(
        String.format(
            Locale.ROOT,
            "%-11s %7d  %11.1f / %8.1f  %9.1f / %8.1f  %9.1f  %9.1f  %7d",
            model,
            clients,
            Figures.at(first, 0.5),
            Figures.at(first, 0.99),
            Figures.at(whole, 0.5),
            Figures.at(whole, 0.99),
            tokens / load.seconds(),
            answered.size() / load.seconds(),
            refused));
  }

  /** More requests at one moment than there are slots and places to wait. */
  private static void beyond(BenchRun run) throws InterruptedException {
    var settings = run.context().settings();
    int places =
        settings.integer("millrace.serving.generate.slots", 1, 4_096)
            + settings.integer("millrace.serving.generate.waiting", 0, 100_000);
    int clients = places + BEYOND;
    var client = new ChatClient(run.api(), MODEL, LONG_ANSWER);
    var start = new CountDownLatch(1);
    List<ChatClient.Asked> asked;
    asked =
        together(
            clients,
            number -> {
              if (number == clients - 1) {
                start.countDown();
              }
              start.await();
              return client.ask(DemoQuestions.get(number));
            });
    double[] refused =
        sorted(asked.stream().filter(ChatClient.Asked::refused).toList(), ChatClient.Asked::whole);
    run.figures()
        .put("burst_requests", clients)
        .put("burst_places", places)
        .put("burst_refused", refused.length)
        .percentiles("burst_refusal", refused);
    run.say(
        String.format(
            Locale.ROOT,
            "%d requests at once for %d places: %d refused, half of them within %.0f ms, all within"
                + " %.0f ms",
            clients,
            places,
            refused.length,
            Figures.at(refused, 0.5),
            Figures.at(refused, 1)));
  }

  /** One client. */
  private interface Client<T> {
    T run(int number) throws InterruptedException;
  }

  private static <T> List<T> together(int clients, Client<T> client) throws InterruptedException {
    List<Future<T>> running = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < clients; i++) {
        int number = i;
        running.add(threads.submit(() -> client.run(number)));
      }
      List<T> results = new ArrayList<>();
      for (Future<T> one : running) {
        results.add(one.get());
      }
      return results;
    } catch (ExecutionException e) {
      throw new CommandFailure("a client failed: " + e.getCause().getMessage(), e);
    }
  }

  private static double[] sorted(
      List<ChatClient.Asked> asked, ToDoubleFunction<ChatClient.Asked> figure) {
    return asked.stream().mapToDouble(figure).sorted().toArray();
  }
}
