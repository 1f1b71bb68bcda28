package dev.millrace.serving.local;

import dev.millrace.models.checkpoint.ModelDirectory;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.policy.PolicyFiles;
import dev.millrace.serving.generate.LiveModel;
import dev.millrace.serving.generate.ModelSource;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads a directory in the background, once: the server is up meanwhile and says that the model is
 * loading, or why it could not be loaded.
 */
public final class LocalLoader implements ModelSource {

  private static final Logger LOG = LoggerFactory.getLogger(LocalLoader.class);
  private static final Duration CLOSE_DEADLINE = Duration.ofSeconds(30);

  private final LocalModel local;
  private final Supplier<TorchRuntime> runtime;
  private final LiveModel model;
  private final Thread thread;

  public LocalLoader(LocalModel local, Supplier<TorchRuntime> runtime, LiveModel model) {
    this.local = local;
    this.runtime = runtime;
    this.model = model;
    this.thread = Thread.ofPlatform().name("load-" + local.name()).daemon().unstarted(this::load);
  }

  @Override
  public void start() {
    thread.start();
  }

  private void load() {
    model.away("it is being loaded");
    try {
      PolicyFiles files = PolicyFiles.of(ModelDirectory.open(local.directory()));
      try (DecoderWeights weights = DecoderWeights.load(runtime.get(), local.directory())) {
        model.adopt(local.name(), OptionalLong.empty(), files, weights, Instant.now());
      }
      LOG.info("stage=serving model={} is loaded from {}", local.name(), local.directory());
    } catch (RuntimeException e) {
      model.away("it could not be loaded; the server's log says why");
      LOG.error(
          "stage=serving model={} could not be loaded reason=\"{}\"",
          local.name(),
          e.getMessage() == null ? e.toString() : e.getMessage());
    }
  }

  /** A load that is at work is let come to its end: it cannot be broken off in native code. */
  @Override
  public void close() {
    try {
      if (!thread.join(CLOSE_DEADLINE)) {
        LOG.warn("thread {} did not end within {}", thread.getName(), CLOSE_DEADLINE);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
