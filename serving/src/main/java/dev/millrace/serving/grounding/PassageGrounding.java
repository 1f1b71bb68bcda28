package dev.millrace.serving.grounding;

import dev.millrace.models.embedding.TokenCounter;
import dev.millrace.serving.Refusal;
import dev.millrace.serving.access.Caller;
import dev.millrace.serving.chat.AnswerSink;
import dev.millrace.serving.chat.ChatMessage;
import dev.millrace.serving.chat.ChatTurn;
import dev.millrace.serving.chat.Grounding;
import dev.millrace.serving.extractive.ExtractiveBackend;
import dev.millrace.serving.retrieval.CleanedDocument;
import dev.millrace.serving.retrieval.ContextBudget;
import dev.millrace.serving.retrieval.Passage;
import dev.millrace.serving.retrieval.PassageIndex;
import dev.millrace.serving.retrieval.Range;
import dev.millrace.serving.retrieval.Retrieval;
import dev.millrace.serving.retrieval.RetrievalSettings;
import dev.millrace.serving.retrieval.RetrievalWish;
import dev.millrace.serving.retrieval.Retrieved;
import dev.millrace.serving.retrieval.SearchMode;
import dev.millrace.serving.retrieval.SearchRequest;
import dev.millrace.serving.retrieval.StepTiming;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Grounds answers in the passages that the retrieval pipeline finds for the caller. */
public final class PassageGrounding implements Grounding {

  /** Longest question that is looked up; the end of a longer one is ignored. */
  private static final int LONGEST_QUESTION = 2_000;

  private final Retrieval retrieval;
  private final PassageIndex index;
  private final TokenCounter counter;
  private final RetrievalSettings settings;
  private final SearchMode mode;

  /**
   * @param retrieval with the steps on that prompts need
   * @param counter counts the tokens of passages
   * @param mode how passages are matched unless a request says otherwise
   */
  public PassageGrounding(
      Retrieval retrieval,
      PassageIndex index,
      TokenCounter counter,
      RetrievalSettings settings,
      SearchMode mode) {
    this.retrieval = retrieval;
    this.index = index;
    this.counter = counter;
    this.settings = settings;
    this.mode = mode;
  }

  @Override
  public Grounded ground(ChatTurn turn, AnswerSink sink) {
    String question =
        turn.question()
            .filter(q -> !q.isBlank())
            .orElseThrow(
                () -> Refusal.invalid("messages", "There is no message of the user with text."));
    RetrievalWish wish = Conversation.wish(turn);
    Retrieved found =
        retrieval.run(
            new SearchRequest(
                    question.substring(0, Math.min(question.length(), LONGEST_QUESTION)),
                    turn.mode().orElse(mode),
                    settings.passages(),
                    turn.filters(),
                    false,
                    turn.caller())
                .within(Conversation.before(turn), wish)
                .budgeted(
                    new ContextBudget(
                        wish.contextTokens().orElse(settings.contextTokens()), counter)));
    long begun = System.nanoTime();
    List<Passage> current = current(found.passages(), turn.caller());
    List<ChatMessage> messages = GroundedPrompt.of(turn.messages(), found.question(), current);
    List<StepTiming> timings = new ArrayList<>(found.timings());
    timings.add(new StepTiming("prompt", (System.nanoTime() - begun) / 1_000, current.size()));
    sink.retrieved(timings);
    return new Answerable(current, messages, new Support(settings.support()));
  }

  /**
   * The passages as their documents are now. The index trails the log by a moment: what does not
   * stand in the current text, or may not be seen (any more), is left out.
   */
  private List<Passage> current(List<Passage> found, Caller caller) {
    Map<String, CleanedDocument> documents =
        found.isEmpty()
            ? Map.of()
            : index.documents(found.stream().map(Passage::documentId).distinct().toList());
    List<Passage> current = new ArrayList<>();
    for (Passage passage : found) {
      CleanedDocument document = documents.get(passage.documentId());
      if (document != null && caller.maySee(document.acl())) {
        moved(passage, document).ifPresent(current::add);
      }
    }
    return current;
  }

  private static Optional<Passage> moved(Passage passage, CleanedDocument document) {
    int start = passage.start();
    if (document.revision() != passage.revision()
        || !document.text().startsWith(passage.text(), start)) {
      start = document.text().indexOf(passage.text());
    }
    if (start < 0) {
      return Optional.empty();
    }
    Range range = new Range(start, start + passage.text().length());
    return Optional.of(
        new Passage(
            passage.documentId(),
            document.title(),
            document.uri(),
            document.revision(),
            range.start(),
            range.end(),
            passage.text(),
            passage.headings(),
            range,
            passage.score()));
  }

  private record Answerable(List<Passage> passages, List<ChatMessage> messages, Support support)
      implements Grounded {

    @Override
    public Optional<String> instead() {
      return passages.isEmpty() ? Optional.of(ExtractiveBackend.NOTHING_FITS) : Optional.empty();
    }

    @Override
    public CitedText citing(AnswerSink sink) {
      return new CheckedText(passages, support, sink);
    }
  }
}
