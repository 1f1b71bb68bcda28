package dev.millrace.serving;

import dev.millrace.index.Generation;
import dev.millrace.index.IndexCatalogue;
import dev.millrace.index.IndexRefusedException;
import dev.millrace.index.IndexSettings;
import dev.millrace.index.OpenSearchConnection;
import dev.millrace.index.OpenSearchSettings;
import dev.millrace.index.SearchPipelines;
import dev.millrace.models.embedding.EmbeddingModel;
import dev.millrace.models.embedding.EmbeddingModels;
import dev.millrace.runtime.Backoff;
import dev.millrace.runtime.RetriableException;
import dev.millrace.runtime.Settings;
import dev.millrace.runtime.SettingsException;
import dev.millrace.runtime.Stage;
import dev.millrace.runtime.StageContext;
import dev.millrace.runtime.StageHealth;
import dev.millrace.serving.access.Gatekeeper;
import dev.millrace.serving.access.RateLimits;
import dev.millrace.serving.chat.Admission;
import dev.millrace.serving.chat.AnswerMeters;
import dev.millrace.serving.chat.Backends;
import dev.millrace.serving.chat.ChatBackend;
import dev.millrace.serving.chat.Grounding;
import dev.millrace.serving.extractive.ExtractiveBackend;
import dev.millrace.serving.feedback.FeedbackLog;
import dev.millrace.serving.feedback.KafkaFeedbackLog;
import dev.millrace.serving.grounding.BackendCompleter;
import dev.millrace.serving.grounding.PassageGrounding;
import dev.millrace.serving.retrieval.OpenSearchPassages;
import dev.millrace.serving.retrieval.PassageIndex;
import dev.millrace.serving.retrieval.Retrieval;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The serving stage: everything that questions need, wired together. It is ready once OpenSearch
 * answered for the first time; afterwards it goes on by itself whenever OpenSearch comes back.
 */
public final class Serving implements Stage {

  /** The name by which {@code --target} selects it. */
  public static final String NAME = "serving";

  private static final Logger LOG = LoggerFactory.getLogger(Serving.class);
  private static final Duration PROBE_EVERY = Duration.ofSeconds(1);

  private final ServingSettings settings;
  private final EmbeddingModel model;
  private final PassageIndex index;
  private final Runnable prepare;
  private final AutoCloseable connection;
  private final RetrievalParts parts;
  private final Grounding grounding;
  private final Backends backends;
  private final Optional<FeedbackLog> feedback;
  private final Gatekeeper gatekeeper;
  private final RateLimits rates;
  private final Admission admission;
  private final AnswerMeters answers;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final Thread watcher;
  private volatile StageHealth health = new StageHealth.Starting("waiting for the search index");

  private Serving(
      ServingSettings settings,
      EmbeddingModel model,
      PassageIndex index,
      Runnable prepare,
      AutoCloseable connection,
      List<ChatBackend> generating,
      Optional<FeedbackLog> feedback,
      MeterRegistry meters) {
    this.settings = settings;
    this.model = model;
    this.index = index;
    this.prepare = prepare;
    this.connection = connection;
    this.feedback = feedback;
    this.parts =
        RetrievalParts.of(
            settings.retrieval(),
            model,
            index,
            settings
                .retrieval()
                .completer()
                .map(
                    name ->
                        new BackendCompleter(
                            () -> backends().named(name),
                            settings.retrieval().completerPatience())));
    this.grounding =
        new PassageGrounding(
            parts.prompt(), index, model.tokens(), settings.retrieval(), settings.mode());
    ChatBackend extractive =
        new ExtractiveBackend(
            parts.search(),
            index,
            model,
            settings.answers(),
            settings.mode(),
            Instant.now().getEpochSecond());
    List<ChatBackend> all = new ArrayList<>(List.of(extractive));
    for (ChatBackend backend : generating) {
      boolean always = settings.documented().contains(backend.id());
      all.add(new DocumentedBackend(backend, grounding, model.tokens(), always));
    }
    this.backends = new Backends(all);
    settings.retrieval().completer().ifPresent(this::checkCompleter);
    this.gatekeeper = settings.gatekeeper();
    this.rates = new RateLimits(settings.requestsPerMinute(), settings.failuresPerMinute());
    this.admission = new Admission(settings.atWork(), settings.waiting(), settings.patience());
    this.answers = new AnswerMeters(meters);
    this.watcher = Thread.ofPlatform().name("serving-watch").daemon().unstarted(this::watch);
  }

  /**
   * Builds the stage; opens no connection.
   *
   * @throws dev.millrace.runtime.SettingsException when a setting is wrong
   */
  public static Serving of(StageContext context) {
    return of(
        context.settings(),
        GeneratingBackends.of(context),
        Optional.of(new KafkaFeedbackLog(context)),
        context.meters());
  }

  /** The same without what comes from topics. */
  public static Serving of(Settings settings) {
    return of(
        settings, GeneratingBackends.of(settings), Optional.empty(), new CompositeMeterRegistry());
  }

  private static Serving of(
      Settings settings,
      List<ChatBackend> generating,
      Optional<FeedbackLog> feedback,
      MeterRegistry meters) {
    ServingSettings serving = ServingSettings.from(settings);
    IndexSettings indices = IndexSettings.from(settings);
    OpenSearchConnection connection = OpenSearchConnection.open(OpenSearchSettings.from(settings));
    EmbeddingModel model =
        EmbeddingModels.open(settings.text("millrace.embed.model", EmbeddingModels.BUILTIN));
    return new Serving(
        serving,
        model,
        new OpenSearchPassages(connection, indices.names(), serving.search()),
        () -> {
          new SearchPipelines(connection, indices).ensure();
          fits(model, new IndexCatalogue(connection, indices).live());
        },
        connection,
        generating,
        feedback,
        meters);
  }

  private void checkCompleter(String name) {
    boolean generates =
        backends.all().stream()
            .anyMatch(b -> b.id().equals(name) && b instanceof DocumentedBackend);
    if (!generates) {
      throw new SettingsException(
          "millrace.serving.retrieval.completer names no generating backend: " + name);
    }
  }

  /** Vectors of one model mean nothing to another. */
  private static void fits(EmbeddingModel model, Optional<Generation> live) {
    live.map(generation -> generation.identity().model())
        .filter(indexed -> !indexed.equals(model.id()))
        .ifPresent(
            indexed -> {
              throw new RetriableException(
                  "the index holds vectors of %s, but millrace.embed.model makes those of %s"
                      .formatted(indexed, model.id()),
                  null);
            });
  }

  /** Over another index than OpenSearch: for tests and for embedding into other programs. */
  public static Serving over(ServingSettings settings, EmbeddingModel model, PassageIndex index) {
    return over(settings, model, index, List.of(), Optional.empty());
  }

  /**
   * The same with further backends and a place for feedback; the stage starts and closes them.
   *
   * @param generating beside the one that quotes
   * @param feedback where it goes; empty: it is refused
   */
  public static Serving over(
      ServingSettings settings,
      EmbeddingModel model,
      PassageIndex index,
      List<ChatBackend> generating,
      Optional<FeedbackLog> feedback) {
    return new Serving(
        settings,
        model,
        index,
        () -> {},
        () -> {},
        generating,
        feedback,
        new CompositeMeterRegistry());
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public void start() {
    backends.start();
    watcher.start();
  }

  @Override
  public StageHealth health() {
    return health;
  }

  /** Waits until the requests at work have their answers. */
  @Override
  public boolean drain(Duration deadline) {
    long end = System.nanoTime() + deadline.toNanos();
    boolean idle = admission.awaitIdle(deadline);
    return backends.awaitIdle(Duration.ofNanos(Math.max(0, end - System.nanoTime()))) && idle;
  }

  @Override
  public void close() {
    stopping.countDown();
    watcher.interrupt();
    health = new StageHealth.Stopped();
    backends.close();
    feedback.ifPresent(FeedbackLog::close);
    parts.close();
    model.close();
    try {
      connection.close();
    } catch (Exception e) {
      LOG.warn("search connection did not close reason=\"{}\"", e.toString());
    }
  }

  private void watch() {
    Backoff backoff = new Backoff(Duration.ofMillis(200), Duration.ofSeconds(5));
    boolean prepared = false;
    boolean wasReady = false;
    Duration wait = Duration.ZERO;
    while (!stopped(wait)) {
      String trouble = index.available() ? "" : "the search index does not answer";
      if (!trouble.isEmpty()) {
        prepared = false; // what comes back may be another server, or an empty one
      } else if (!prepared) {
        trouble = prepareOrReason();
        prepared = trouble.isEmpty();
      }
      if (trouble.isEmpty()) {
        become(new StageHealth.Ready());
        wasReady = true;
        wait = PROBE_EVERY;
        backoff.reset();
      } else {
        become(wasReady ? new StageHealth.Degraded(trouble) : new StageHealth.Starting(trouble));
        wait = backoff.next();
      }
    }
  }

  private String prepareOrReason() {
    try {
      prepare.run();
      return "";
    } catch (RetriableException | IndexRefusedException e) {
      return e.getMessage();
    }
  }

  private void become(StageHealth now) {
    if (!now.equals(health) && stopping.getCount() > 0) {
      LOG.info("stage=serving {}", now.describe());
      health = now;
    }
  }

  private boolean stopped(Duration wait) {
    try {
      return stopping.await(wait.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  /** What is measured of answers. */
  public AnswerMeters answers() {
    return answers;
  }

  public ServingSettings settings() {
    return settings;
  }

  public EmbeddingModel model() {
    return model;
  }

  public PassageIndex index() {
    return index;
  }

  public Retrieval retrieval() {
    return parts.search();
  }

  /** Gives generating backends the documents. */
  public Grounding grounding() {
    return grounding;
  }

  public Backends backends() {
    return backends;
  }

  public Gatekeeper gatekeeper() {
    return gatekeeper;
  }

  /** Where feedback goes; empty for a stage without topics. */
  public Optional<FeedbackLog> feedback() {
    return feedback;
  }

  public RateLimits rates() {
    return rates;
  }

  public Admission admission() {
    return admission;
  }
}
