package dev.millrace.rollout;

import dev.millrace.models.decoder.DecoderConfig;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.generate.GeneratedSequence;
import dev.millrace.models.generate.GenerationEngine;
import dev.millrace.models.generate.GenerationListener;
import dev.millrace.models.generate.GenerationRequest;
import dev.millrace.models.generate.GenerationService;
import dev.millrace.models.generate.GenerationSettings;
import dev.millrace.models.generate.GenerationStats;
import dev.millrace.policy.LoadedPolicy;
import dev.millrace.policy.PolicyFiles;
import dev.millrace.policy.PolicyText;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;

/**
 * A model that samples, with the tokenizer that belongs to it. Its weights may be exchanged for
 * others of the same shape between two tokens; another shape, or another tokenizer, is another
 * engine.
 */
final class SamplingEngine implements AutoCloseable {

  /** Room for cancellations beside the requests of every task in hand. */
  private static final int SPARE = 64;

  private final PolicyFiles files;
  private final DecoderConfig config;
  private final PolicyText text;
  private final GenerationSettings settings;
  private final GenerationService service;

  private SamplingEngine(
      PolicyFiles files,
      DecoderConfig config,
      PolicyText text,
      GenerationSettings settings,
      GenerationService service) {
    this.files = files;
    this.config = config;
    this.text = text;
    this.settings = settings;
    this.service = service;
  }

  /** What an engine for a version will have; made before the one before it has to go. */
  record Plan(GenerationSettings settings, PolicyText text, int queued, Duration leastStep) {

    /** Starts it with its first weights; they are copied. */
    SamplingEngine start(LoadedPolicy first) {
      var engine = new GenerationEngine(first.weights(), first.version(), settings, text::text);
      String thread = "rollout-" + first.manifest().getPolicy();
      var service = new GenerationService(thread, engine, queued, leastStep);
      return new SamplingEngine(first.files(), first.weights().config(), text, settings, service);
    }

    /** To be called when it is not started. */
    void close() {
      text.close();
    }
  }

  /**
   * Plans an engine for a version.
   *
   * @param inHand tasks that may come at the same time
   * @throws RefusedVersionException when the model does not fit the bounds
   * @throws dev.millrace.models.tokenizer.TokenizerException when its tokenizer cannot be used
   */
  static Plan plan(LoadedPolicy version, EngineBounds bounds, int inHand) {
    DecoderWeights weights = version.weights();
    int queued = inHand * 2 + SPARE;
    int bytes = weights.runtime().precision().bytes();
    GenerationSettings settings = bounds.of(weights.config(), bytes, queued);
    return new Plan(settings, PolicyText.open(version.files()), queued, bounds.leastStep());
  }

  /** Whether it goes on with this version: the same shape, and the same words. */
  boolean takes(LoadedPolicy next) {
    return next.weights().config().equals(config) && same(next.files(), files);
  }

  private static boolean same(PolicyFiles one, PolicyFiles other) {
    return one.files().keySet().equals(other.files().keySet())
        && one.files().entrySet().stream()
            .allMatch(file -> Arrays.equals(file.getValue(), other.files().get(file.getKey())));
  }

  /**
   * The next token is written by these weights; they are copied.
   *
   * @throws IllegalStateException when there is a NaN in them; the old ones stay
   */
  void swap(LoadedPolicy next) {
    service.swap(next.weights(), next.version());
  }

  /** Between the policy's tokens and text. */
  PolicyText text() {
    return text;
  }

  /** Tokens of prompt and answer together. */
  int context() {
    return settings.context();
  }

  /**
   * @throws RejectedExecutionException when the engine has ended
   */
  CompletableFuture<List<GeneratedSequence>> submit(
      GenerationRequest request, GenerationListener listener) {
    return service.submit(request, listener);
  }

  /** Frees the slots of a request that nobody waits for any more. */
  void cancel(String requestId) {
    try {
      service.cancel(requestId);
    } catch (RejectedExecutionException e) {
      // It runs to its end then; its result is not looked at.
    }
  }

  boolean alive() {
    return service.alive();
  }

  GenerationStats stats() {
    return service.stats();
  }

  long busyNanos() {
    return service.busyNanos();
  }

  /** Ends the thread; who waits for a result is told so. */
  void stop() {
    service.close();
  }

  /** To be called when nobody uses {@link #text} any more. */
  @Override
  public void close() {
    stop();
    text.close();
  }
}
