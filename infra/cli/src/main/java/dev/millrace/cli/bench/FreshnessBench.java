package dev.millrace.cli.bench;

import dev.millrace.cli.CommandFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;

/**
 * From the producer's send to the answer of a search, at a steady rate, and the same for deletions.
 * One document in five is watched, each by a search every 50 ms for a word that only it holds: the
 * figure is too high by up to 50 ms, and includes what the watching itself costs.
 */
final class FreshnessBench implements Bench {

  private static final int RATE = 50;
  private static final int SECONDS = 60;
  private static final int WARM_UP = 20 * RATE;
  private static final int WATCHED = 5;
  private static final Duration PERIOD = Duration.ofMillis(50);
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @Override
  public String name() {
    return "freshness";
  }

  @Override
  public String description() {
    return "milliseconds from send, and from delete, to the answer of a search, at 50 documents/s";
  }

  @Override
  public void run(BenchRun run) throws InterruptedException {
    var random = new Random(7);
    steady(run, "warm-up", WARM_UP, i -> sent(run, "warm-" + i, random));
    int count = RATE * SECONDS;
    double[] added =
        steady(
            run,
            "freshness",
            count,
            i -> {
              sent(run, "fresh-" + i, random);
              return () -> run.finds(word("fresh-" + i), "fresh-" + i);
            });
    run.figures().percentiles("freshness", added);
    run.awaitSearchable(WARM_UP + count);
    double[] deleted =
        steady(
            run,
            "deletion",
            count,
            i -> {
              run.delete("fresh-" + i);
              return () -> !run.finds(word("fresh-" + i), "fresh-" + i);
            });
    run.figures().percentiles("deletion", deleted);
  }

  /** Does one thing and tells how to see that it took effect. */
  private interface Act {
    BooleanSupplier apply(int i);
  }

  private static BooleanSupplier sent(BenchRun run, String id, Random random) {
    var text = new StringBuilder(word(id)).append(". ");
    for (int i = 0; i < 120; i++) {
      text.append("term").append(random.nextInt(3000)).append(i % 15 == 14 ? ". " : " ");
    }
    run.send(id, "Document " + id, text.toString());
    return () -> true;
  }

  /** A word that no other document holds, in letters only so that no tokenizer cuts it. */
  private static String word(String id) {
    var word = new StringBuilder("q");
    for (char c : id.toCharArray()) {
      word.append((char) ('a' + c % 26)).append((char) ('a' + c / 26));
    }
    return word.toString();
  }

  private static double[] steady(BenchRun run, String what, int count, Act act)
      throws InterruptedException {
    List<Future<Double>> watched = new ArrayList<>();
    try (ExecutorService watchers = Executors.newVirtualThreadPerTaskExecutor()) {
      long began = System.nanoTime();
      for (int i = 0; i < count; i++) {
        long due = began + i * 1_000_000_000L / RATE;
        while (System.nanoTime() < due) {
          Thread.sleep(1);
        }
        long at = System.nanoTime();
        BooleanSupplier seen = act.apply(i);
        if (i % WATCHED == 0) {
          watched.add(watchers.submit(() -> watch(at, seen)));
        }
      }
      double[] millis = new double[watched.size()];
      for (int i = 0; i < millis.length; i++) {
        millis[i] = watched.get(i).get();
      }
      double[] sorted = millis.clone();
      java.util.Arrays.sort(sorted);
      run.say(
          "%s: %d at %d/s, %d watched, p50 %.0f ms, p99 %.0f ms, max %.0f ms"
              .formatted(
                  what,
                  count,
                  RATE,
                  millis.length,
                  Figures.at(sorted, 0.5),
                  Figures.at(sorted, 0.99),
                  Figures.at(sorted, 1)));
      return millis;
    } catch (ExecutionException e) {
      throw new CommandFailure(e.getCause().getMessage(), e);
    }
  }

  private static double watch(long began, BooleanSupplier seen) throws InterruptedException {
    long end = began + PATIENCE.toNanos();
    while (!seen.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new CommandFailure("a document did not show within " + PATIENCE.toSeconds() + " s");
      }
      Thread.sleep(PERIOD);
    }
    return (System.nanoTime() - began) / 1e6;
  }
}
