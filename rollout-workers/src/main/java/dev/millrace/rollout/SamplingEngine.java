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

  /**
   * Sets an engine up with its first weights; they are copied.
   *
   * @param inHand tasks that may come at the same time
   * @throws RefusedVersionException when the model does not fit the bounds
   */
  static SamplingEngine of(LoadedPolicy first, EngineBounds bounds, int inHand) {
    GenerationSettings settings = settings(first, bounds, inHand);
    DecoderWeights weights = first.weights();
    PolicyText text = PolicyText.open(first.files());
    try {
      var engine =
          new GenerationEngine(weights, first.version(), settings, tokens -> text.text(tokens));
      var service =
          new GenerationService(
              "rollout-" + first.manifest().getPolicy(), engine, inHand * 2 + SPARE);
      return new SamplingEngine(first.files(), weights.config(), text, settings, service);
    } catch (RuntimeException e) {
      text.close();
      throw e;
    }
  }

  /** What an engine for this version would have; cheap, to refuse a version before the old ends. */
  static GenerationSettings settings(LoadedPolicy version, EngineBounds bounds, int inHand) {
    DecoderWeights weights = version.weights();
    int bytes = weights.runtime().precision().bytes();
    return bounds.of(weights.config(), bytes, inHand * 2 + SPARE);
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

  @Override
  public void close() {
    try {
      service.close();
    } finally {
      text.close();
    }
  }
}
