package dev.millrace.learner.curriculum;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.WireFormatException;
import dev.millrace.contracts.avro.Prompt;
import dev.millrace.learner.log.LogReader;
import dev.millrace.runtime.StageContext;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/** The prompts topic. */
public final class PromptLog implements PromptSource {

  private final LogReader log;
  private final AvroSerde<Prompt> serde;

  /**
   * @param deadline of one reading
   */
  public PromptLog(StageContext context, Duration deadline) {
    this.log =
        new LogReader(context, context.topics().prompts().name(), "learner-prompts", deadline);
    this.serde = new AvroSerde<>(context.registry(), context.topics().prompts());
  }

  @Override
  public Map<Integer, Long> ends() {
    return log.ends();
  }

  private record Newest(Prompt prompt, int partition, long offset, long timestamp) {

    /** A key stays in its partition unless their number changed: then the later in time counts. */
    boolean yieldsTo(Newest other) {
      return partition == other.partition
          ? offset < other.offset
          : timestamp < other.timestamp
              || timestamp == other.timestamp && partition < other.partition;
    }
  }

  @Override
  public Collection<Prompt> upTo(Map<Integer, Long> ends) {
    Map<String, Newest> newest = new HashMap<>();
    log.read(
        Map.of(),
        ends,
        record -> {
          Prompt prompt;
          try {
            prompt = record.value() == null ? null : serde.read(record.value());
          } catch (WireFormatException e) {
            return; // no prompt: whoever wrote it was not a producer of ours
          }
          if (prompt == null) {
            return;
          }
          var found = new Newest(prompt, record.partition(), record.offset(), record.timestamp());
          newest.merge(prompt.getId(), found, (old, later) -> old.yieldsTo(later) ? later : old);
        });
    return newest.values().stream().map(Newest::prompt).toList();
  }
}
