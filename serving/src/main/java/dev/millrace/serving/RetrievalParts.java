package dev.millrace.serving;

import dev.millrace.models.embedding.EmbeddingModel;
import dev.millrace.runtime.SettingsException;
import dev.millrace.serving.retrieval.Assemble;
import dev.millrace.serving.retrieval.EmbedQuestion;
import dev.millrace.serving.retrieval.PassageIndex;
import dev.millrace.serving.retrieval.Retrieval;
import dev.millrace.serving.retrieval.RetrievalSettings;
import dev.millrace.serving.retrieval.RetrievalStep;
import dev.millrace.serving.retrieval.Retrieve;
import dev.millrace.serving.retrieval.assembly.AutoMerge;
import dev.millrace.serving.retrieval.assembly.Budget;
import dev.millrace.serving.retrieval.assembly.ParentPassages;
import dev.millrace.serving.retrieval.assembly.SentenceWindow;
import dev.millrace.serving.retrieval.question.Completer;
import dev.millrace.serving.retrieval.question.Hypothesis;
import dev.millrace.serving.retrieval.question.MultiQuery;
import dev.millrace.serving.retrieval.question.Rewrite;
import dev.millrace.serving.retrieval.question.StepBack;
import dev.millrace.serving.retrieval.ranking.CrossEncoder;
import dev.millrace.serving.retrieval.ranking.Diversify;
import dev.millrace.serving.retrieval.ranking.Fuse;
import dev.millrace.serving.retrieval.ranking.RelevanceModel;
import dev.millrace.serving.retrieval.ranking.Rerank;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The pipelines of this process, put together from settings: one for searches and quotes, and the
 * same steps for prompts, with others of them on.
 */
final class RetrievalParts implements AutoCloseable {

  private static final int RANK_CONSTANT = 60;
  private static final String NO_COMPLETER =
      "it needs a generating backend, named by millrace.serving.retrieval.completer";

  private final Retrieval search;
  private final Retrieval prompt;
  private final Optional<RelevanceModel> reranker;

  private RetrievalParts(Retrieval search, Retrieval prompt, Optional<RelevanceModel> reranker) {
    this.search = search;
    this.prompt = prompt;
    this.reranker = reranker;
  }

  /**
   * @param completer the generating backend, where settings name one
   * @throws SettingsException if a step is to be on that is not there
   */
  static RetrievalParts of(
      RetrievalSettings settings,
      EmbeddingModel model,
      PassageIndex index,
      Optional<Completer> completer) {
    Optional<RelevanceModel> reranker = settings.reranker().map(CrossEncoder::open);
    List<RetrievalStep> steps = new ArrayList<>();
    Map<String, String> missing = new HashMap<>();
    steps.add(new Rewrite(completer));
    completer.ifPresentOrElse(
        generator -> {
          steps.add(new MultiQuery(generator, settings.paraphrases()));
          steps.add(new Hypothesis(generator));
          steps.add(new StepBack(generator));
        },
        () ->
            List.of("multi-query", "hyde", "step-back")
                .forEach(name -> missing.put(name, NO_COMPLETER)));
    steps.add(new EmbedQuestion(model));
    steps.add(new Retrieve(index));
    steps.add(new Fuse(RANK_CONSTANT));
    reranker.ifPresentOrElse(
        scorer -> steps.add(new Rerank(scorer, settings.reranked())),
        () ->
            missing.put(
                "rerank", "it needs a cross-encoder, millrace.serving.retrieval.rerank.model"));
    steps.add(new Diversify(settings.lambda(), settings.diversified()));
    steps.add(new AutoMerge(index, model.tokens(), settings.parentTokens(), settings.mergeShare()));
    steps.add(new Assemble());
    steps.add(new ParentPassages(index, model.tokens(), settings.parentTokens()));
    steps.add(new SentenceWindow(index, settings.sentences()));
    steps.add(new Budget());
    Retrieval search =
        on("millrace.serving.retrieval.steps", steps, settings.searchSteps(), missing);
    Retrieval prompt =
        on("millrace.serving.retrieval.prompt.steps", steps, settings.promptSteps(), missing);
    return new RetrievalParts(search, prompt, reranker);
  }

  private static Retrieval on(
      String key, List<RetrievalStep> steps, Set<String> on, Map<String, String> missing) {
    try {
      return new Retrieval(steps, on, missing);
    } catch (IllegalArgumentException e) {
      throw new SettingsException(key + ": " + e.getMessage());
    }
  }

  /** For searches and extractive answers. */
  Retrieval search() {
    return search;
  }

  /** For the prompts of generating backends. */
  Retrieval prompt() {
    return prompt;
  }

  @Override
  public void close() {
    reranker.ifPresent(RelevanceModel::close);
  }
}
