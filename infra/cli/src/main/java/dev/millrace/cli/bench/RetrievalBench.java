package dev.millrace.cli.bench;

import java.util.List;
import java.util.Locale;

/** Quality of every search mode on a judged collection, through the API that users ask. */
final class RetrievalBench implements Bench {

  static final String NAME = "retrieval";

  private static final List<String> MODES = List.of("bm25", "vectors", "hybrid", "default");

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String description() {
    return "nDCG@10, MRR@10 and recall@100 of every search mode; needs --corpus DIR";
  }

  @Override
  public void run(BenchRun run) throws InterruptedException {
    Corpus corpus = run.corpus();
    fill(run, corpus);
    run.say("mode       nDCG@10   MRR@10  recall@100   p50 ms");
    for (String mode : MODES) {
      JudgedRun judged = JudgedRun.of(corpus, query -> run.search(query, mode, JudgedRun.DEPTH));
      run.figures()
          .put(mode + "_ndcg10", judged.ndcg())
          .put(mode + "_mrr10", judged.mrr())
          .put(mode + "_recall100", judged.recall())
          .put(mode + "_p50_ms", judged.p50());
      run.say(
          String.format(
              Locale.ROOT,
              "%-10s %7.3f  %7.3f  %10.3f  %7.1f",
              mode,
              judged.ndcg(),
              judged.mrr(),
              judged.recall(),
              judged.p50()));
    }
  }

  /** Puts the collection into the empty system and waits until it can be searched. */
  static void fill(BenchRun run, Corpus corpus) throws InterruptedException {
    corpus.documents().forEach(entry -> run.send(entry.id(), entry.title(), entry.text()));
    run.flush();
    // Documents without text are rejected with a reason, and no search could find them.
    long expected = corpus.documents().stream().filter(entry -> !entry.text().isBlank()).count();
    run.awaitSearchable(expected);
    run.say(
        "%d documents, %d queries".formatted(corpus.documents().size(), corpus.queries().size()));
  }
}
