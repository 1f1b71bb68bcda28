package dev.millrace.serving.extractive;

import dev.millrace.models.embedding.EmbeddingModel;
import dev.millrace.serving.Refusal;
import dev.millrace.serving.chat.AnswerSink;
import dev.millrace.serving.chat.ChatBackend;
import dev.millrace.serving.chat.ChatTurn;
import dev.millrace.serving.chat.Citation;
import dev.millrace.serving.chat.Finish;
import dev.millrace.serving.grounding.Conversation;
import dev.millrace.serving.retrieval.PassageIndex;
import dev.millrace.serving.retrieval.PassageLink;
import dev.millrace.serving.retrieval.Retrieval;
import dev.millrace.serving.retrieval.Retrieved;
import dev.millrace.serving.retrieval.SearchMode;
import dev.millrace.serving.retrieval.SearchRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Answers by quoting: the sentences that fit the question best, each followed by the number of its
 * citation. The same index gives the same answer. It says so when nothing fits.
 */
public final class ExtractiveBackend implements ChatBackend {

  /** The model's name. */
  public static final String ID = "extractive";

  /** What is said when no passage answers the question. */
  public static final String NOTHING_FITS =
      "I found nothing in the indexed documents that answers this question.";

  /** Longest question that is looked up; the end of a longer one is ignored. */
  private static final int LONGEST_QUESTION = 2_000;

  /** A further sentence is quoted if it scores at least this part of the best. */
  private static final double WORTH_ADDING = 0.85;

  private static final double TOO_ALIKE = 0.7;

  /** A sentence with this part of its words in another one adds nothing to it. */
  private static final double HOLDS = 0.85;

  /** Times as many passages are read for the one sentence that says what something is. */
  private static final int DEEPER = 3;

  private final Retrieval retrieval;
  private final PassageIndex index;
  private final SentenceSelection selection;
  private final EmbeddingModel model;
  private final AnswerSettings settings;
  private final SearchMode mode;
  private final long created;

  /**
   * @param mode how passages are matched unless a request says otherwise
   * @param created seconds since the epoch, as {@code /v1/models} tells it
   */
  public ExtractiveBackend(
      Retrieval retrieval,
      PassageIndex index,
      EmbeddingModel model,
      AnswerSettings settings,
      SearchMode mode,
      long created) {
    this.retrieval = retrieval;
    this.index = index;
    this.model = model;
    this.selection = new SentenceSelection(model, settings);
    this.settings = settings;
    this.mode = mode;
    this.created = created;
  }

  @Override
  public String id() {
    return ID;
  }

  @Override
  public String owner() {
    return "millrace";
  }

  @Override
  public long created() {
    return created;
  }

  @Override
  public Set<Capability> capabilities() {
    return Set.of();
  }

  @Override
  public Finish answer(ChatTurn turn, AnswerSink sink) {
    String question =
        turn.question()
            .filter(q -> !q.isBlank())
            .orElseThrow(
                () -> Refusal.invalid("messages", "There is no message of the user with text."));
    String asked = question.substring(0, Math.min(question.length(), LONGEST_QUESTION));
    Retrieved found =
        retrieval.run(
            new SearchRequest(
                    asked,
                    turn.mode().orElse(mode),
                    passages(asked),
                    turn.filters(),
                    false,
                    turn.caller())
                .within(Conversation.before(turn), Conversation.wish(turn)));
    sink.retrieved(found.timings());
    List<Quote> quotes = choose(selection.rank(found.question(), found.passages()), turn);
    String text = quotes.isEmpty() ? nothing(sink) : write(quotes, sink);
    return new Finish(Finish.Reason.STOP, turn.tokens(model.tokens()), model.tokens().count(text));
  }

  /** What something is stands in one sentence among the many that only mention it. */
  private int passages(String question) {
    return Definition.asked(question).isPresent()
        ? Math.min(SearchRequest.MAX_LIMIT, DEEPER * settings.passages())
        : settings.passages();
  }

  private List<Quote> choose(List<Evidence> ranked, ChatTurn turn) {
    QuoteBook book = new QuoteBook(index, turn.caller());
    book.open(
        ranked.stream()
            .limit(2L * settings.sentences())
            .map(e -> e.sentence().passage().documentId())
            .toList());
    List<Quote> quotes = new ArrayList<>();
    List<Evidence> used = new ArrayList<>();
    for (Evidence evidence : ranked) {
      boolean enough =
          quotes.size() == settings.sentences()
              || !used.isEmpty() && evidence.score() < WORTH_ADDING * used.get(0).score();
      if (enough) {
        break;
      }
      if (used.stream().noneMatch(u -> repeats(u.sentence(), evidence.sentence()))) {
        book.quote(evidence.sentence())
            .ifPresent(
                quote -> {
                  used.add(evidence);
                  add(quotes, quote);
                });
      }
    }
    return quotes;
  }

  private static boolean repeats(Sentence one, Sentence other) {
    if (one.overlaps(other)) {
      return true;
    }
    long shared = one.terms().stream().filter(other.terms()::contains).count();
    int all = one.terms().size() + other.terms().size();
    int shorter = Math.min(one.terms().size(), other.terms().size());
    return shared >= TOO_ALIKE * (all - shared) || shared >= HOLDS * shorter;
  }

  /** Quotes that adjoin become one, in the place of the earlier. */
  private static void add(List<Quote> quotes, Quote quote) {
    for (int i = 0; i < quotes.size(); i++) {
      if (quotes.get(i).adjoins(quote)) {
        quotes.set(i, quotes.get(i).join(quote));
        return;
      }
    }
    quotes.add(quote);
  }

  private static String nothing(AnswerSink sink) {
    sink.text(NOTHING_FITS);
    return NOTHING_FITS;
  }

  private static String write(List<Quote> quotes, AnswerSink sink) {
    StringBuilder whole = new StringBuilder();
    for (int i = 0; i < quotes.size(); i++) {
      Quote quote = quotes.get(i);
      String lead = (i == 0 ? "" : "\n\n") + quote.text() + " ";
      String marker = "[" + (i + 1) + "]";
      int at = whole.length() + lead.length();
      // before its text, so that a limit which cuts right after the marker does not lose it
      sink.cite(citation(quote, i + 1, at, at + marker.length()));
      sink.text(lead + marker);
      whole.append(lead).append(marker);
    }
    return whole.toString();
  }

  private static Citation citation(Quote quote, int number, int startIndex, int endIndex) {
    var document = quote.document();
    String title =
        document.title() == null || document.title().isBlank()
            ? document.documentId()
            : document.title();
    String url =
        document.uri() == null || document.uri().isBlank()
            ? PassageLink.path(
                document.documentId(), quote.start(), quote.end(), document.revision())
            : document.uri();
    return new Citation(
        number,
        startIndex,
        endIndex,
        document.documentId(),
        title,
        url,
        document.revision(),
        quote.start(),
        quote.end(),
        quote.text());
  }
}
