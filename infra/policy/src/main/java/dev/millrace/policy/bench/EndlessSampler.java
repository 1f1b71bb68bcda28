package dev.millrace.policy.bench;

import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.generate.GeneratedSequence;
import dev.millrace.models.generate.GenerationEngine;
import dev.millrace.models.generate.GenerationListener;
import dev.millrace.models.generate.GenerationRequest;
import dev.millrace.models.generate.GenerationSettings;
import dev.millrace.models.generate.SamplingParams;
import dev.millrace.models.generate.WrittenToken;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/** Writes token after token, as a worker does, and tells when a version wrote its first. */
final class EndlessSampler implements GenerationListener, AutoCloseable {

  private record First(long version, long at) {}

  private static final int CONTEXT = 64;

  private final GenerationEngine engine;
  private final BlockingQueue<First> firsts = new ArrayBlockingQueue<>(1000);
  private final Thread thread;
  private volatile boolean ending;
  private long version; // of the sampling thread

  EndlessSampler(DecoderWeights weights) {
    engine =
        new GenerationEngine(
            weights, 0, new GenerationSettings(1, CONTEXT, CONTEXT, 4, 1L << 30), null);
    thread = Thread.ofPlatform().name("bench-sampler").daemon().start(this::sample);
  }

  private void sample() {
    for (long text = 0; !ending; text++) {
      engine.submit(
          GenerationRequest.of(
              "text-" + text, new int[] {1}, 1, SamplingParams.sampled(text, CONTEXT - 1)),
          this);
      while (!ending && engine.step()) {
        // every step writes a token
      }
    }
  }

  @Override
  public void written(String requestId, int index, WrittenToken token) {
    if (token.version() != version) {
      version = token.version();
      firsts.add(new First(version, System.nanoTime()));
    }
  }

  @Override
  public void finished(GeneratedSequence sequence) {
    // the next text follows
  }

  @Override
  public void failed(String requestId, RuntimeException error) {
    throw error;
  }

  /** The next token is written by these weights; they are copied. */
  void swap(DecoderWeights weights, long version) {
    engine.swap(weights, version);
  }

  /** When the version wrote its first token, as {@link System#nanoTime}. */
  long firstToken(long version) throws InterruptedException {
    First first = firsts.poll(10, TimeUnit.MINUTES);
    if (first == null || first.version() != version) {
      throw new IllegalStateException("version " + version + " wrote no token");
    }
    return first.at();
  }

  @Override
  public void close() throws InterruptedException {
    ending = true;
    thread.join();
    engine.close();
  }
}
