package dev.millrace.cli.bench;

import java.util.List;

/**
 * Versions published whole, as differences and as adapters: their size, and how soon they sample.
 */
final class KindsBench implements Bench {

  @Override
  public String name() {
    return "kinds";
  }

  @Override
  public String description() {
    return "versions whole, as differences, as adapters: bytes, time to the first token; --large";
  }

  @Override
  public String targets() {
    return "ingest";
  }

  @Override
  public void run(BenchRun run) throws InterruptedException {
    PublicationBench.measure(run, List.of("kinds=whole,delta,adapter"));
  }
}
