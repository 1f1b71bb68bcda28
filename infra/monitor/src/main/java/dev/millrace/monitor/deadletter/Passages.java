package dev.millrace.monitor.deadletter;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.Topics;
import dev.millrace.contracts.WireFormatException;
import dev.millrace.contracts.avro.Indexed;
import dev.millrace.contracts.registry.SchemaRegistry;
import dev.millrace.monitor.lag.GroupLag;
import dev.millrace.monitor.lag.LagSnapshot;
import dev.millrace.monitor.lag.PartitionLag;
import dev.millrace.monitor.lag.TopicLag;
import dev.millrace.monitor.scan.LogScan;
import dev.millrace.monitor.scan.ScanLimit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;

/**
 * The proof that a letter which was sent again came through: the word of the document stream where
 * there is one, else that all its readers are past it, and in either case that it is not dead
 * again.
 */
public final class Passages {

  private static final long CLOCKS_DIFFER_MILLIS = 60_000;

  private final LogScan scan;
  private final Topics topics;
  private final AvroSerde<Indexed> indexed;
  private final Supplier<LagSnapshot> lag;

  /**
   * @param scan stays its owner's to close
   * @param lag where all groups are now
   */
  public Passages(LogScan scan, SchemaRegistry registry, Topics topics, Supplier<LagSnapshot> lag) {
    this.scan = scan;
    this.topics = topics;
    this.indexed = new AvroSerde<>(registry, topics.indexed());
    this.lag = lag;
  }

  /** How far it has come now. */
  public Passage of(Redriven redriven) {
    // Positions first: a stage writes a dead letter before it moves on.
    List<String> waiting = new ArrayList<>();
    List<String> past = new ArrayList<>();
    readers(redriven, waiting, past);
    Optional<Passage> dead = deadAgain(redriven);
    if (dead.isPresent()) {
      return dead.get();
    }
    if (redriven.topic().equals(topics.documents().name())) {
      return reported(redriven)
          .orElseGet(() -> new Passage.Waiting(waiting.isEmpty() ? List.of("the index") : waiting));
    }
    return waiting.isEmpty() && !past.isEmpty()
        ? new Passage.Through(past)
        : new Passage.Waiting(waiting);
  }

  /** Groups without members are left overs, unless there are no others. */
  private void readers(Redriven redriven, List<String> waiting, List<String> past) {
    List<GroupLag> all =
        lag.get().groups().stream().filter(group -> of(group, redriven).isPresent()).toList();
    List<GroupLag> alive = all.stream().filter(group -> !group.state().equals("Empty")).toList();
    for (GroupLag group : alive.isEmpty() ? all : alive) {
      PartitionLag partition = of(group, redriven).orElseThrow();
      boolean isPast = partition.position() > redriven.offset();
      (isPast ? past : waiting).add(group.group());
    }
  }

  private static Optional<PartitionLag> of(GroupLag group, Redriven redriven) {
    return group.topics().stream()
        .filter(topic -> topic.topic().equals(redriven.topic()))
        .map(TopicLag::partitions)
        .flatMap(List::stream)
        .filter(partition -> partition.partition() == redriven.partition())
        .findFirst();
  }

  private Optional<Passage> deadAgain(Redriven redriven) {
    List<Passage> found = new ArrayList<>();
    for (TopicPartition partition : scan.partitions(topics.deadLetters().name())) {
      scan.read(
          partition,
          scan.at(partition, redriven.at() - CLOCKS_DIFFER_MILLIS),
          scan.end(partition),
          ScanLimit.INTERACTIVE,
          record -> {
            Letter letter = Letter.of(record, Optional.empty());
            if (letter.origin().equals(redriven.topic())
                && letter.originPartition() == redriven.partition()
                && letter.originOffset() == redriven.offset()) {
              found.add(new Passage.DeadAgain(letter.id(), letter.reason()));
            }
            return found.isEmpty();
          });
    }
    return found.stream().findFirst();
  }

  private Optional<Passage> reported(Redriven redriven) {
    List<Passage> found = new ArrayList<>();
    for (TopicPartition partition : scan.partitions(topics.indexed().name())) {
      scan.read(
          partition,
          scan.at(partition, redriven.at() - CLOCKS_DIFFER_MILLIS),
          scan.end(partition),
          ScanLimit.INTERACTIVE,
          record -> {
            if (record.value() != null) {
              word(record.value(), redriven).ifPresent(found::add);
            }
            return found.isEmpty();
          });
    }
    return found.stream().findFirst();
  }

  /** Revisions are offsets in the partition of the document's key. */
  private Optional<Passage> word(byte[] value, Redriven redriven) {
    try {
      Indexed report = indexed.read(value);
      int partitions = scan.partitions(redriven.topic()).size();
      byte[] key = report.getDocumentId().getBytes(java.nio.charset.StandardCharsets.UTF_8);
      boolean same =
          report.getRevision() == redriven.offset()
              && LogScan.partitionOf(redriven.topic(), key, partitions).partition()
                  == redriven.partition();
      return same
          ? Optional.of(
              new Passage.Reported(
                  report.getOutcome().name(),
                  Optional.ofNullable(report.getReason()).orElse(""),
                  report.getChunks()))
          : Optional.empty();
    } catch (WireFormatException e) {
      return Optional.empty();
    }
  }
}
