package dev.millrace.serving.generate;

import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.policy.PolicyFiles;
import dev.millrace.serving.Refusal;
import dev.millrace.serving.chat.ChatBackend.Availability;
import dev.millrace.serving.chat.ChatBackend.Availability.Note;
import dev.millrace.serving.chat.Writer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * The model behind a backend: none yet, or one whose weights are exchanged while it answers. A
 * version of another shape, or with another tokenizer, gets an engine of its own, and the old one
 * ends with its last answer.
 */
public final class LiveModel implements AutoCloseable {

  private static final Duration SOON = Duration.ofSeconds(2);

  /** What is served now. */
  private record Now(ServedModel model, Writer writer, Instant since) {}

  private final GenerateSettings settings;
  private volatile Now now;
  private volatile String reason;
  private boolean closed;

  /**
   * @param reason why there is no model yet
   */
  public LiveModel(GenerateSettings settings, String reason) {
    this.settings = settings;
    this.reason = reason;
  }

  /**
   * Serves these weights from the next token on; they are copied.
   *
   * @param name of the policy or directory
   * @param version empty for a model that has none
   * @param since when it came to be
   */
  public synchronized void adopt(
      String name, OptionalLong version, PolicyFiles files, DecoderWeights weights, Instant since) {
    if (closed) {
      return;
    }
    Now before = now;
    Writer writer = new Writer(name, version);
    if (before != null && before.model().takes(name, files, weights.config())) {
      before.model().swap(weights, version.orElse(0));
      now = new Now(before.model(), writer, since);
    } else {
      var fresh = new ServedModel(name, files, weights, version.orElse(0), settings);
      now = new Now(fresh, writer, since);
      if (before != null) {
        before.model().retire();
      }
    }
  }

  /** Says why there is no model, as long as there is none. */
  public void away(String why) {
    reason = why;
  }

  /** Whether there is a model, and which. */
  public Availability availability() {
    Now current = now;
    if (current == null) {
      return Availability.away(reason);
    }
    List<Note> notes = new ArrayList<>();
    notes.add(new Note("model", current.writer().model()));
    current.writer().version().ifPresent(v -> notes.add(new Note("version", v)));
    notes.add(new Note("context", current.model().context()));
    notes.add(new Note(Availability.DOCUMENTS, current.model().converses()));
    return new Availability("", notes);
  }

  /** When the present version came to be, in seconds since the epoch; 0 if there is none. */
  long created() {
    Now current = now;
    return current == null ? 0 : current.since().getEpochSecond();
  }

  /**
   * The model for one answer; closed when it is over.
   *
   * @throws Refusal 503 if there is none
   */
  Lease lease() {
    while (true) {
      Now current = now;
      if (current == null) {
        throw Refusal.unavailable(SOON, "The model is away: " + reason);
      }
      if (current.model().lease()) {
        return new Lease(current.model(), current.writer());
      }
      if (now == current) { // retired, and nothing follows it
        throw Refusal.unavailable(SOON, "The server is stopping.");
      }
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (now != null) {
      now.model().retire();
    }
  }

  /** The right to use a model. */
  record Lease(ServedModel model, Writer writer) implements AutoCloseable {
    @Override
    public void close() {
      model.release();
    }
  }
}
