package dev.millrace.serving.chat;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Something that answers; listed by {@code /v1/models} and chosen by {@code model}. */
public interface ChatBackend extends AutoCloseable {

  /** What a backend may be able to do beyond plain text; the rest is refused before it is asked. */
  enum Capability {
    /** Log-probabilities of tokens. */
    LOGPROBS,
    /** Answers that are JSON, whatever the schema. */
    JSON,
    /** Calls of tools that the request describes. */
    TOOLS,
    /** Several answers to one request. */
    CHOICES,
    /** Parts of messages that are not text, such as images. */
    PARTS,
    /** Draws its answers: temperature and its kin mean something. */
    SAMPLING,
    /** Penalties, biases and whatever else a request may hold: somebody else judges it. */
    ANYTHING
  }

  /** The model's name. */
  String id();

  /** Who provides it, for {@code owned_by}. */
  String owner();

  /** When this version came to be, in seconds since the epoch. */
  long created();

  Set<Capability> capabilities();

  /** Whether it can answer now. Cheap. */
  default Availability availability() {
    return Availability.READY;
  }

  /**
   * Whether it ends its answers at {@link ChatTurn#limits} itself, in its own tokens; otherwise
   * whoever carries its answers does.
   */
  default boolean endsByItself() {
    return false;
  }

  /** The queue before it; empty if it shares the one of all requests. */
  default Optional<Admission> admission() {
    return Optional.empty();
  }

  /** Begins what it needs in the background. Once. */
  default void start() {}

  /**
   * Answers, and returns when the answer is complete. Called on a thread of its own, which is
   * interrupted when the answer is not wanted any more.
   *
   * @throws dev.millrace.serving.Refusal if it cannot answer; other exceptions are faults
   */
  Finish answer(ChatTurn turn, AnswerSink sink) throws InterruptedException;

  @Override
  default void close() {}

  /**
   * How a backend is.
   *
   * @param reason why it cannot answer, one sentence; empty if it can
   * @param notes further facts for {@code /v1/models}, such as a version
   */
  record Availability(String reason, List<Note> notes) {

    /** A fact about a backend; the value is a string, a number or a boolean. */
    public record Note(String name, Object value) {}

    /** Name of the note that says whether a model can be given passages of documents. */
    public static final String DOCUMENTS = "documents";

    public static final Availability READY = new Availability("", List.of());

    public Availability {
      notes = List.copyOf(notes);
    }

    public static Availability away(String reason) {
      return new Availability(reason, List.of());
    }

    public boolean ready() {
      return reason.isEmpty();
    }

    /** False where a note says that the model cannot be given documents. */
    public boolean takesDocuments() {
      return !notes.contains(new Note(DOCUMENTS, false));
    }
  }
}
