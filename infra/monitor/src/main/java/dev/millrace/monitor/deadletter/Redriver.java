package dev.millrace.monitor.deadletter;

import dev.millrace.contracts.avro.ActionKind;
import dev.millrace.contracts.avro.OperatorAction;
import dev.millrace.monitor.action.Acknowledged;
import dev.millrace.monitor.action.Actor;
import dev.millrace.monitor.action.OperatorLog;
import dev.millrace.monitor.scan.LogScan;
import dev.millrace.monitor.scan.ScanLimit;
import dev.millrace.runtime.DeadLetter;
import dev.millrace.runtime.KafkaSettings;
import dev.millrace.runtime.tracing.Tracing;
import io.opentelemetry.api.trace.Span;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends dead letters to where they came from, each once, however often it is asked to and wherever
 * it dies.
 *
 * <p>A letter and the record in {@code operator-actions} that tells of it are written in one
 * transaction. All redrivers of an installation share one transactional id: whoever begins ends
 * what another left open and shuts that other out, and only then reads what was done already.
 *
 * <p>A letter goes on in the trace that it was part of.
 */
public final class Redriver {

  /** Header of a record that was a dead letter: which one. */
  public static final String HEADER = "mr-redrive";

  private static final String STAGE = "redrive";
  private static final Logger LOG = LoggerFactory.getLogger(Redriver.class);
  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final int LETTERS_OF_A_TRANSACTION = 20;
  private static final Set<String> OWN_HEADERS =
      Set.of(
          DeadLetter.ORIGIN,
          DeadLetter.PARTITION,
          DeadLetter.OFFSET,
          DeadLetter.STAGE,
          DeadLetter.REASON,
          DeadLetter.ERROR,
          HEADER);

  private final KafkaSettings kafka;
  private final String transactionalId;
  private final String deadLetters;
  private final LogScan scan;
  private final LetterShelf shelf;
  private final OperatorLog log;
  private final NewerRecords newer;
  private final Tracing tracing;

  /**
   * @param prefix of the topics; names the transaction
   * @param stateTopics topics that hold the newest state of every key
   * @param scan stays its owner's to close
   */
  public Redriver(
      KafkaSettings kafka,
      String prefix,
      String deadLetters,
      Set<String> stateTopics,
      LogScan scan,
      LetterShelf shelf,
      OperatorLog log,
      Tracing tracing) {
    this.kafka = kafka;
    this.transactionalId = prefix + "redrive";
    this.deadLetters = deadLetters;
    this.scan = scan;
    this.shelf = shelf;
    this.log = log;
    this.tracing = tracing;
    this.newer = new NewerRecords(scan, stateTopics, ScanLimit.INTERACTIVE);
  }

  /**
   * Sends letters again, in the order in which they were written.
   *
   * @param evenIfNewer also those whose key has a newer record in a topic of newest states
   * @return one outcome a letter; those of finished transactions stand even when a later one fails
   * @throws KafkaException when Kafka does not answer, or another redriver took over: what was
   *     committed is done, and asking again does the rest
   */
  public List<Outcome> redrive(Collection<LetterId> letters, Actor actor, boolean evenIfNewer) {
    Map<String, Object> config = kafka.producer("millrace-redrive");
    config.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, transactionalId);
    config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, Math.toIntExact(DEADLINE.toMillis()));
    try (var producer =
        new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
      producer.initTransactions();
      // Only now: whatever another one did is either visible or undone.
      return new Run(producer, actor, shelf.redriven()).all(letters, evenIfNewer);
    }
  }

  private final class Run {
    private final KafkaProducer<byte[], byte[]> producer;
    private final Actor actor;
    private final Map<LetterId, Redriven> done;
    private final Map<LetterId, Outcome> outcomes = new TreeMap<>();

    Run(KafkaProducer<byte[], byte[]> producer, Actor actor, Map<LetterId, Redriven> done) {
      this.producer = producer;
      this.actor = actor;
      this.done = done;
    }

    List<Outcome> all(Collection<LetterId> letters, boolean evenIfNewer) {
      List<LetterId> open = new ArrayList<>();
      for (LetterId id : new TreeSet<>(letters)) {
        if (done.containsKey(id)) {
          outcomes.put(id, new Outcome.Already(done.get(id)));
        } else {
          open.add(id);
        }
      }
      for (int i = 0; i < open.size(); i += LETTERS_OF_A_TRANSACTION) {
        batch(open.subList(i, Math.min(open.size(), i + LETTERS_OF_A_TRANSACTION)), evenIfNewer);
      }
      return List.copyOf(outcomes.values());
    }

    private void batch(List<LetterId> ids, boolean evenIfNewer) {
      List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
      for (LetterId id : ids) {
        shelf
            .record(id)
            .ifPresentOrElse(
                record -> {
                  if (canGo(id, record)) {
                    records.add(record);
                  }
                },
                () -> impossible(id, "there is no such dead letter (any more)"));
      }
      Map<LetterId, Long> superseded = evenIfNewer ? Map.of() : newer.of(records);
      superseded.forEach(
          (id, at) -> outcomes.put(id, new Outcome.Superseded(id, originOf(records, id), at)));
      records.removeIf(record -> superseded.containsKey(idOf(record)));
      if (records.isEmpty()) {
        return;
      }
      producer.beginTransaction();
      List<Redriven> sent = new ArrayList<>();
      for (var record : records) {
        sent.add(send(record));
      }
      producer.commitTransaction();
      for (Redriven one : sent) {
        outcomes.put(one.letter(), new Outcome.Sent(one));
        LOG.info(
            "redriven letter={} to={}-{}@{} by={}",
            one.letter(),
            one.topic(),
            one.partition(),
            one.offset(),
            one.actor());
      }
    }

    private boolean canGo(LetterId id, ConsumerRecord<byte[], byte[]> record) {
      Letter letter = Letter.of(record, java.util.Optional.empty());
      if (letter.origin().isEmpty() || letter.originOffset() < 0 || letter.originPartition() < 0) {
        return impossible(id, "it does not say where it came from");
      }
      if (letter.origin().equals(deadLetters)) {
        return impossible(id, "it came from the dead letters themselves");
      }
      int partitions = scan.partitions(letter.origin()).size();
      if (partitions == 0) {
        return impossible(id, "its topic " + letter.origin() + " does not exist");
      }
      if (letter.originPartition() >= partitions) {
        return impossible(
            id, "its topic has no partition " + letter.originPartition() + " any more");
      }
      return true;
    }

    private boolean impossible(LetterId id, String why) {
      outcomes.put(id, new Outcome.Impossible(id, why));
      return false;
    }

    private Redriven send(ConsumerRecord<byte[], byte[]> record) {
      Letter letter = Letter.of(record, java.util.Optional.empty());
      LetterId id = letter.id();
      var headers = new RecordHeaders(record.headers().toArray());
      OWN_HEADERS.forEach(headers::remove);
      headers.add(HEADER, (deadLetters + "-" + id).getBytes(StandardCharsets.UTF_8));
      // A keyed record goes where its key goes today; one without a key to where it was.
      Integer partition = record.key() == null ? Integer.valueOf(letter.originPartition()) : null;
      Span span =
          tracing
              .send(STAGE, letter.origin(), record.key(), tracing.context(headers))
              .setAttribute("millrace.dead_letter", id.toString())
              .startSpan();
      tracing.inject(span, headers);
      RecordMetadata at;
      try {
        at =
            Acknowledged.within(
                DEADLINE,
                producer.send(
                    new ProducerRecord<>(
                        letter.origin(), partition, record.key(), record.value(), headers)));
      } finally {
        span.end();
      }
      var redriven =
          new Redriven(
              id,
              at.topic(),
              at.partition(),
              at.offset(),
              actor.name(),
              System.currentTimeMillis());
      Acknowledged.within(DEADLINE, producer.send(log.record(action(letter, redriven))));
      return redriven;
    }

    private OperatorAction action(Letter letter, Redriven redriven) {
      return new OperatorAction(
          Redriven.actionId(letter.id()),
          ActionKind.REDRIVE,
          actor.name(),
          actor.via(),
          deadLetters + "-" + letter.id(),
          redriven.topic(),
          redriven.partition(),
          redriven.offset(),
          Map.of(
              "key", letter.key(),
              "stage", letter.stage(),
              "reason", letter.reason(),
              "origin",
                  letter.origin() + "-" + letter.originPartition() + "@" + letter.originOffset()),
          redriven.at());
    }
  }

  private static String originOf(List<ConsumerRecord<byte[], byte[]>> records, LetterId id) {
    return records.stream()
        .filter(record -> idOf(record).equals(id))
        .map(record -> Letter.of(record, java.util.Optional.empty()).origin())
        .findFirst()
        .orElse("");
  }

  private static LetterId idOf(ConsumerRecord<byte[], byte[]> record) {
    return new LetterId(record.partition(), record.offset());
  }
}
