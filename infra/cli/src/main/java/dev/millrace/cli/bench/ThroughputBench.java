package dev.millrace.cli.bench;

import java.util.Locale;

/** Documents a second from the topic to the index, with all servers on this machine. */
final class ThroughputBench implements Bench {

  private static final int COPIES = 5;

  @Override
  public String name() {
    return "throughput";
  }

  @Override
  public String description() {
    return "documents a second from topic to searchable; needs --corpus DIR";
  }

  @Override
  public void run(BenchRun run) throws InterruptedException {
    Corpus corpus = run.corpus();
    var entries = corpus.documents().stream().filter(entry -> !entry.text().isBlank()).toList();
    // The first copy warms the machines up; it is measured and reported apart.
    long done = 0;
    for (int copy = 0; copy <= COPIES; copy++) {
      long began = System.nanoTime();
      int batch = copy == 0 ? 1 : COPIES;
      for (int i = 0; i < batch; i++) {
        int number = copy + i;
        entries.forEach(
            entry -> run.send(number + "/" + entry.id(), entry.title(), entry.text() + " " + number));
      }
      run.flush();
      double sent = (System.nanoTime() - began) / 1e9;
      done += (long) batch * entries.size();
      run.awaitSearchable(done);
      double seconds = (System.nanoTime() - began) / 1e9;
      double rate = batch * entries.size() / seconds;
      run.say(
          String.format(
              Locale.ROOT,
              "%s: %d documents sent in %.1f s, searchable after %.1f s: %.0f documents/s",
              copy == 0 ? "cold" : "warm",
              batch * entries.size(),
              sent,
              seconds,
              rate));
      run.figures().put(copy == 0 ? "cold_documents_per_s" : "documents_per_s", rate);
      if (copy > 0) {
        return;
      }
    }
  }
}
