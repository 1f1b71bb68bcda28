package dev.millrace.learner.curriculum;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.WireFormatException;
import dev.millrace.contracts.avro.Prompt;
import dev.millrace.learner.log.LogReader;
import dev.millrace.runtime.StageContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * The prompts topic. The first prompts that are read stay in memory, up to a bound; the others are
 * read again when they are wanted. Confined to one thread.
 */
public final class PromptLog implements PromptSource {

  /** Enough for some hundred thousand short prompts, and no part of a learner's heap that hurts. */
  private static final long KEPT_BYTES = 64L << 20;

  /** What an entry of the map takes beside the prompt. */
  private static final int OVERHEAD = 100;

  private final LogReader log;
  private final AvroSerde<Prompt> serde;
  private final Map<Place, byte[]> kept = new HashMap<>();
  private final long mostBytes;
  private long bytes;

  /**
   * @param deadline of one reading
   */
  public PromptLog(StageContext context, Duration deadline) {
    this(context, deadline, KEPT_BYTES);
  }

  /**
   * @param mostBytes of prompts that stay in memory
   */
  public PromptLog(StageContext context, Duration deadline, long mostBytes) {
    this.log =
        new LogReader(context, context.topics().prompts().name(), "learner-prompts", deadline);
    this.serde = new AvroSerde<>(context.registry(), context.topics().prompts());
    this.mostBytes = mostBytes;
  }

  @Override
  public Map<Integer, Long> ends() {
    return log.ends();
  }

  @Override
  public void read(Map<Integer, Long> from, Map<Integer, Long> ends, Consumer<Logged> sink) {
    log.read(
        from,
        ends,
        record -> {
          Prompt prompt = prompt(record);
          if (prompt != null) {
            var place = new Place(record.partition(), record.offset());
            keep(place, record.value());
            sink.accept(new Logged(place, record.timestamp(), prompt));
          }
        });
  }

  private void keep(Place place, byte[] value) {
    int more = value.length + OVERHEAD;
    if (bytes + more <= mostBytes && kept.putIfAbsent(place, value) == null) {
      bytes += more;
    }
  }

  /** Null for what is no prompt: whoever wrote it was not a producer of ours. */
  private Prompt prompt(ConsumerRecord<byte[], byte[]> record) {
    try {
      return record.value() == null ? null : serde.read(record.value());
    } catch (WireFormatException e) {
      return null;
    }
  }

  @Override
  public List<Prompt> at(List<Place> places) {
    Map<Place, Prompt> found = new HashMap<>();
    Map<Integer, TreeSet<Long>> missing = new TreeMap<>();
    for (Place place : places) {
      byte[] value = kept.get(place);
      if (value != null) {
        found.computeIfAbsent(place, at -> serde.read(value));
      } else {
        missing.computeIfAbsent(place.partition(), p -> new TreeSet<>()).add(place.offset());
      }
    }
    if (!missing.isEmpty()) {
      log.readAt(
          missing,
          record -> found.put(new Place(record.partition(), record.offset()), prompt(record)));
    }
    List<Prompt> prompts = new ArrayList<>(places.size());
    for (Place place : places) {
      Prompt prompt = found.get(place);
      if (prompt == null) {
        throw new IllegalStateException(
            "the prompt at partition %d, offset %d of the prompt log is not there any more: was the topic cut or made anew?"
                .formatted(place.partition(), place.offset()));
      }
      prompts.add(prompt);
    }
    return prompts;
  }
}
