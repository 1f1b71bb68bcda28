package dev.millrace.serving.retrieval;

import dev.millrace.serving.access.Caller;
import java.util.List;
import java.util.Map;

/** Makes states of a retrieval for tests of single steps. */
public final class States {

  private States() {}

  public static Retrieved asked(String question, Utterance... history) {
    return Retrieved.start(
        new SearchRequest(question, SearchMode.HYBRID, 5, Map.of(), false, Caller.ANONYMOUS)
            .within(List.of(history), RetrievalWish.NONE),
        20);
  }

  public static Retrieved found(Passage... passages) {
    return asked("question").withRankings(List.of(List.of(passages)));
  }

  public static Passage passage(String id, String text, double score) {
    return new Passage(id, "Title", null, 1, 0, text.length(), text, List.of(), score);
  }
}
