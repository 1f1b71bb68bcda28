package dev.millrace.serving.retrieval;

import dev.millrace.runtime.Settings;
import dev.millrace.runtime.SettingsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * Which steps run, and how; every key is explained in {@code millrace-defaults.properties}.
 *
 * @param searchSteps optional steps that are on for searches and extractive answers
 * @param promptSteps optional steps that are on for the prompts of generating backends
 * @param passages most of a prompt
 * @param contextTokens most of a prompt's passages together
 * @param lambda part of relevance against novelty in the step {@code mmr}, 0 to 1
 * @param diversified passages that {@code mmr} considers
 * @param reranker directory of a cross-encoder; empty: there is none
 * @param reranked passages that the cross-encoder reads
 * @param sentences on either side in the step {@code window}
 * @param parentTokens most of a parent passage
 * @param mergeShare of a parent's chunks of which more must be found for {@code auto-merge}
 * @param completer name of the backend that rewrites and expands questions; empty: rules alone
 * @param completerPatience how long it may take
 * @param paraphrases most queries that {@code multi-query} adds
 * @param support part of a sentence's words that a cited passage must hold, 0 to 1
 */
public record RetrievalSettings(
    Set<String> searchSteps,
    Set<String> promptSteps,
    int passages,
    int contextTokens,
    double lambda,
    int diversified,
    Optional<Path> reranker,
    int reranked,
    int sentences,
    int parentTokens,
    double mergeShare,
    Optional<String> completer,
    Duration completerPatience,
    int paraphrases,
    double support) {

  private static final String KEYS = "millrace.serving.retrieval.";
  private static final String RERANKER = KEYS + "rerank.model";

  public RetrievalSettings {
    searchSteps = Set.copyOf(searchSteps);
    promptSteps = Set.copyOf(promptSteps);
  }

  /**
   * Reads {@code millrace.serving.retrieval.*}.
   *
   * @throws SettingsException in one line, when a value is wrong
   */
  public static RetrievalSettings from(Settings settings) {
    return new RetrievalSettings(
        Set.copyOf(settings.list(KEYS + "steps")),
        Set.copyOf(settings.list(KEYS + "prompt.steps")),
        settings.integer(KEYS + "prompt.passages", 1, 100),
        settings.integer(KEYS + "prompt.tokens", 16, 1_000_000),
        settings.decimal(KEYS + "mmr.relevance", 0, 1),
        settings.integer(KEYS + "mmr.pool", 1, SearchRequest.MAX_LIMIT),
        settings.optional(RERANKER).map(RetrievalSettings::directory),
        settings.integer(KEYS + "rerank.pool", 1, SearchRequest.MAX_LIMIT),
        settings.integer(KEYS + "window.sentences", 1, 50),
        settings.integer(KEYS + "parent.tokens", 32, 100_000),
        settings.decimal(KEYS + "auto-merge.share", 0, 1),
        settings.optional(KEYS + "completer"),
        settings.duration(KEYS + "completer.patience"),
        settings.integer(KEYS + "multi-query.queries", 1, 8),
        settings.decimal(KEYS + "citation.support", 0, 1));
  }

  private static Path directory(String written) {
    Path directory = Path.of(written);
    if (!Files.isRegularFile(directory.resolve("config.json"))) {
      throw new SettingsException(
          RERANKER + " names no Hugging Face directory (no config.json in it): " + written);
    }
    return directory;
  }
}
