package dev.millrace.embed;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.avro.ChunkedDocument;
import dev.millrace.index.ChunkIndex;
import dev.millrace.index.Generation;
import dev.millrace.index.IndexCatalogue;
import dev.millrace.index.IndexIdentity;
import dev.millrace.index.IndexRefusedException;
import dev.millrace.index.IndexSettings;
import dev.millrace.index.OpenSearchConnection;
import dev.millrace.index.OpenSearchSettings;
import dev.millrace.index.SearchPipelines;
import dev.millrace.models.embedding.EmbeddingModel;
import dev.millrace.models.embedding.EmbeddingModels;
import dev.millrace.runtime.Backoff;
import dev.millrace.runtime.ConsumerLoop;
import dev.millrace.runtime.DeadLetters;
import dev.millrace.runtime.RetriableException;
import dev.millrace.runtime.Stage;
import dev.millrace.runtime.StageContext;
import dev.millrace.runtime.StageHealth;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Chunks to vectors to the index. Start-up waits in background for OpenSearch, Kafka and the
 * topics; then one loop works, and a new generation of the index goes live when it has caught up
 * with the end that the log had at the start.
 */
public final class EmbedStage implements Stage {

  static final String NAME = "embed";

  private static final Logger LOG = LoggerFactory.getLogger(EmbedStage.class);
  private static final Duration CHECK = Duration.ofSeconds(1);
  private static final Duration LAST_WORD = Duration.ofSeconds(2);
  private static final int SESSION_MS = 10_000;
  private static final int LONGEST_BATCH_MS = 15 * 60_000;
  private static final int FETCH_BYTES = 32 << 20;

  private final StageContext context;
  private final EmbedSettings settings;
  private final IndexSettings indexSettings;
  private final EmbeddingModel model;
  private final OpenSearchConnection connection;
  private final EmbedMeters meters;
  private final Thread starter;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final AtomicReference<StageHealth> health =
      new AtomicReference<>(new StageHealth.Starting("not started"));

  /** Guarded by {@code this}: built by the starter, taken down by whoever closes. */
  private Running running;

  private boolean closed;

  private record Running(
      ConsumerLoop<ChunkedDocument> loop, Reports reports, DeadLetters deadLetters) {

    /** Returns false when the loop is still in the middle of a batch, which it has to give up. */
    boolean close() {
      loop.close();
      boolean ended = loop.drain(LAST_WORD);
      reports.close();
      deadLetters.close();
      return ended;
    }
  }

  /**
   * @param model is closed with the stage
   */
  EmbedStage(StageContext context, EmbeddingModel model) {
    this.context = context;
    this.settings = EmbedSettings.from(context.settings());
    this.indexSettings = IndexSettings.from(context.settings());
    this.model = model;
    this.connection = OpenSearchConnection.open(OpenSearchSettings.from(context.settings()));
    this.meters = new EmbedMeters(context.meters());
    this.starter = Thread.ofPlatform().name("embed-starter").daemon().unstarted(this::run);
  }

  /**
   * Builds the stage with the model that the settings name.
   *
   * @throws IllegalArgumentException when a setting is wrong or the model cannot be opened
   */
  public static EmbedStage of(StageContext context) {
    return new EmbedStage(
        context, EmbeddingModels.open(EmbedSettings.from(context.settings()).model()));
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public void start() {
    health.set(new StageHealth.Starting("looking for OpenSearch at " + connection.address()));
    starter.start();
  }

  @Override
  public StageHealth health() {
    ConsumerLoop<ChunkedDocument> loop = loop();
    return loop == null ? health.get() : loop.health();
  }

  private synchronized ConsumerLoop<ChunkedDocument> loop() {
    return running == null ? null : running.loop();
  }

  @Override
  public boolean drain(Duration deadline) {
    closing.countDown();
    ConsumerLoop<ChunkedDocument> loop = loop();
    return loop == null || loop.drain(deadline);
  }

  @Override
  public void close() {
    Running toClose;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      toClose = running;
    }
    closing.countDown();
    starter.interrupt();
    boolean ended = toClose == null || toClose.close();
    connection.close();
    if (ended) {
      model.close();
    } else {
      // Native memory must not go away under a thread that reads it; the process is ending anyway.
      LOG.warn("embed closed in the middle of a batch, which will be done again: model left open");
    }
    health.set(new StageHealth.Stopped());
  }

  private void run() {
    try (var log = new ChunksLog(context.kafka(), context.topics(), NAME)) {
      Generation generation = untilItWorks(() -> open(log));
      Map<TopicPartition, Long> ends = generation.live() ? Map.of() : untilItWorks(log::ends);
      work(generation);
      if (!generation.live()) {
        promoteWhenReached(log, generation, ends);
      }
    } catch (Interrupted | InterruptException e) {
      LOG.debug("embed starter ended: the stage is closing");
    } catch (RuntimeException e) {
      LOG.error("embed stage failed error=\"{}\"", e.toString());
      health.set(new StageHealth.Failed(e.toString()));
    }
  }

  private Generation open(ChunksLog log) {
    connection.version();
    var identity = IndexIdentity.of(model.id(), model.dimension(), log.identity());
    Generation generation = new IndexCatalogue(connection, indexSettings).open(identity);
    new SearchPipelines(connection, indexSettings).ensure();
    return generation;
  }

  private void work(Generation generation) {
    var index = new ChunkIndex(connection, generation, settings.bulk());
    var reports = new Reports(context, "embed-out");
    var deadLetters =
        new DeadLetters(
            context.kafka(), context.topics().deadLetters(), "embed-dead", context.meters());
    var writer = new RevisionWriter(index, new Vectors(model, settings.texts(), meters), meters);
    var handler = new BatchHandler(index, writer, reports, deadLetters, meters, settings.chunks());
    var serde = new AvroSerde<>(context.registry(), context.topics().chunks());
    var loop =
        new ConsumerLoop<>(
            NAME,
            context,
            consumer(generation),
            context.topics().chunks(),
            serde::read,
            handler,
            deadLetters);
    var built = new Running(loop, reports, deadLetters);
    synchronized (this) {
      if (closed || closing.getCount() == 0) {
        built.close();
        throw new Interrupted();
      }
      running = built;
      loop.start();
    }
    LOG.info(
        "embed works index={} live={} model={} group={}",
        generation.chunks(),
        generation.live(),
        model.id(),
        group(generation));
  }

  private String group(Generation generation) {
    return context.topics().prefix() + settings.group() + generation.groupSuffix();
  }

  private Map<String, Object> consumer(Generation generation) {
    Map<String, Object> config = context.kafka().consumer(NAME, group(generation));
    config.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, settings.records());
    config.put(ConsumerConfig.MAX_POLL_INTERVAL_MS_CONFIG, LONGEST_BATCH_MS);
    config.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, SESSION_MS);
    config.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, FETCH_BYTES);
    config.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, FETCH_BYTES / 4);
    settings
        .instance()
        .ifPresent(
            instance -> config.put(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG, NAME + "-" + instance));
    return config;
  }

  /** The aliases move when the new index has all that the log had when we began to fill it. */
  private void promoteWhenReached(
      ChunksLog log, Generation generation, Map<TopicPartition, Long> ends) {
    while (!untilItWorks(() -> log.reached(group(generation), ends))) {
      pause(CHECK);
    }
    untilItWorks(() -> new IndexCatalogue(connection, indexSettings).promote(generation));
  }

  @FunctionalInterface
  private interface Attempt<T> {
    T make();
  }

  private <T> T untilItWorks(Attempt<T> attempt) {
    var backoff = new Backoff(Duration.ofMillis(250), Duration.ofSeconds(5));
    String said = "";
    while (true) {
      try {
        return attempt.make();
      } catch (RetriableException | IndexRefusedException e) {
        health.set(new StageHealth.Starting(e.getMessage()));
        if (!said.equals(e.getMessage())) {
          said = e.getMessage();
          LOG.warn("embed waits error=\"{}\"", said);
        }
      }
      pause(backoff.next());
    }
  }

  private void pause(Duration wait) {
    try {
      if (closing.await(wait.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new Interrupted();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Interrupted();
    }
  }

  /** The stage is closing: the starter's thread has nothing more to do. */
  private static final class Interrupted extends RuntimeException {
    private static final long serialVersionUID = 1;
  }
}
