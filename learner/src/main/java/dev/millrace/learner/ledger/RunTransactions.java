package dev.millrace.learner.ledger;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.avro.RolloutTask;
import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.learner.log.LogReader;
import dev.millrace.policy.PolicyException;
import dev.millrace.policy.PolicyPublisher;
import dev.millrace.runtime.RetriableException;
import dev.millrace.runtime.StageContext;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes entries, each in one transaction: weights and manifest, the ledger record, new tasks, and
 * the offsets of the run's group. The transactional id is the run's, so that a learner that was
 * replaced cannot write. Confined to one thread.
 *
 * <p>When it is not known whether a transaction was committed (the broker went away, or ended it
 * for being late), the owner is looked up; if that is still us, a new producer settles what is
 * pending and the ledger is read: the entry is there, or it is written again.
 */
public final class RunTransactions implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(RunTransactions.class);
  private static final int ATTEMPTS = 3;

  private final StageContext context;
  private final String run;
  private final String owner;
  private final TransactionSettings settings;
  private final String id;
  private final Ownership ownership;
  private final Ledger ledger;
  private final PolicyPublisher publisher;
  private final AvroSerde<TrainingStep> entries;
  private final AvroSerde<RolloutTask> tasks;
  private KafkaProducer<byte[], byte[]> producer;

  /**
   * @param owner names this learner among all that ever were
   */
  public RunTransactions(
      StageContext context, String run, String owner, TransactionSettings settings) {
    this.context = Objects.requireNonNull(context, "context");
    this.run = Objects.requireNonNull(run, "run");
    this.owner = Objects.requireNonNull(owner, "owner");
    this.settings = Objects.requireNonNull(settings, "settings");
    this.id = context.topics().prefix() + "learner-" + run;
    this.ownership = new Ownership(context, id, settings.deadline());
    this.ledger = new Ledger(context, settings.deadline());
    this.publisher = new PolicyPublisher(context);
    this.entries = new AvroSerde<>(context.registry(), context.topics().trainingLedger());
    this.tasks = new AvroSerde<>(context.registry(), context.topics().rolloutTasks());
  }

  /** The transactional id, and the group whose offsets show how far the learner has read. */
  public String id() {
    return id;
  }

  /**
   * Becomes the one learner of the run: those before can write no more. What they had begun is
   * settled, so the ledger stands still until we write.
   */
  public void takeOver() {
    Map<Integer, Long> offsets = new TreeMap<>();
    connect();
    ownership.committed().forEach((partition, offset) -> offsets.put(partition, offset.offset()));
    if (offsets.isEmpty()) {
      offsets.putAll(scored().ends());
    }
    try {
      producer.beginTransaction();
      sendOffsets(offsets);
      producer.commitTransaction();
    } catch (KafkaException e) {
      disconnect();
      throw replacedOr(e);
    }
  }

  private LogReader scored() {
    return new LogReader(
        context, context.topics().scoredSamples().name(), "learner-offsets", settings.deadline());
  }

  private void connect() {
    Map<String, Object> config =
        new HashMap<>(PolicyPublisher.producerSettings(context.kafka(), id + "-" + owner));
    config.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, id);
    config.put(
        ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, Math.toIntExact(settings.timeout().toMillis()));
    config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, settings.deadline().toMillis());
    config.put(ProducerConfig.LINGER_MS_CONFIG, 0);
    producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    try {
      producer.initTransactions();
    } catch (KafkaException e) {
      disconnect();
      throw e;
    }
  }

  /** An entry as bytes, ready to be sent. */
  public record Sealed(Outgoing outgoing, List<ProducerRecord<byte[], byte[]>> records) {}

  /** Makes bytes of an entry and its tasks, so that the transaction is short. */
  public Sealed seal(Outgoing outgoing) {
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    TrainingStep entry = outgoing.entry();
    records.add(
        new ProducerRecord<>(
            context.topics().trainingLedger().name(),
            utf8(Ledger.key(run, entry.getStep())),
            entries.write(entry)));
    String topic = context.topics().rolloutTasks().name();
    for (RolloutTask task : outgoing.tasks()) {
      records.add(new ProducerRecord<>(topic, utf8(task.getTaskId()), tasks.write(task)));
    }
    return new Sealed(outgoing, records);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Writes an entry with all that belongs to it. When this returns it is committed, once.
   *
   * @throws FencedException if another learner has the run
   * @throws RetriableException if a server is away; whether the entry was committed is not known
   */
  public void commit(Sealed sealed) {
    Outgoing outgoing = sealed.outgoing();
    for (int attempt = 1; ; attempt++) {
      try {
        producer.beginTransaction();
        outgoing.weights().ifPresent(draft -> publisher.publish(producer, draft));
        // A record that fails makes the commit fail.
        sealed.records().forEach(producer::send);
        sendOffsets(Offsets.of(outgoing.entry()));
        producer.commitTransaction();
        publisher.committed();
        return;
      } catch (InterruptException e) {
        disconnect();
        throw e;
      } catch (KafkaException | PolicyException e) {
        disconnect();
        if (settled(outgoing, e)) {
          return;
        }
        if (attempt == ATTEMPTS) {
          throw new RetriableException(
              "step %d of run %s could not be committed in %d attempts: %s"
                  .formatted(outgoing.entry().getStep(), run, attempt, e.getMessage()),
              e);
        }
      }
    }
  }

  private void sendOffsets(Map<Integer, Long> offsets) {
    Map<TopicPartition, OffsetAndMetadata> next = new HashMap<>();
    String topic = context.topics().scoredSamples().name();
    offsets.forEach(
        (partition, offset) ->
            next.put(new TopicPartition(topic, partition), new OffsetAndMetadata(offset, owner)));
    producer.sendOffsetsToTransaction(next, new ConsumerGroupMetadata(id));
  }

  /** True if the entry was committed after all; false if it is to be written again. */
  private boolean settled(Outgoing outgoing, RuntimeException cause) {
    if (cause instanceof AuthorizationException
        || cause instanceof PolicyException policy
            && policy.reason() != PolicyException.Reason.TIMEOUT) {
      throw cause;
    }
    TrainingStep entry = outgoing.entry();
    LOG.warn(
        "transaction failed run={} step={} error=\"{}\"", run, entry.getStep(), cause.toString());
    requireOwned(cause);
    takeOver();
    var written = ledger.entries(run);
    if (written.size() <= entry.getStep()) {
      return false;
    }
    TrainingStep last = written.getLast();
    if (last.getStep() != entry.getStep()
        || last.getFinishedAt() != entry.getFinishedAt()
        || !last.getWeightsSha256().equals(entry.getWeightsSha256())) {
      throw new FencedException(
          "run %s: step %d was written by another learner".formatted(run, entry.getStep()), cause);
    }
    return true;
  }

  private void requireOwned(RuntimeException cause) {
    String now = ownership.owner().orElse(owner);
    if (!now.equals(owner)) {
      throw new FencedException(
          "run %s was taken over by the learner %s: this one (%s) ends".formatted(run, now, owner),
          cause);
    }
  }

  private RuntimeException replacedOr(RuntimeException cause) {
    requireOwned(cause);
    return cause;
  }

  private void disconnect() {
    if (producer != null) {
      producer.close(Duration.ZERO);
      producer = null;
    }
  }

  /** Ends without a commit: what was begun is undone by the broker or the next learner. */
  @Override
  public void close() {
    disconnect();
  }
}
