package dev.millrace.preprocess.chunk;

import dev.millrace.models.embedding.TokenCounter;
import dev.millrace.preprocess.clean.CleanedDocument;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * Cuts a cleaned document into chunks: by headings first, then blocks, sentences, words. Every
 * character that is not white space stands in at least one chunk. Safe for several threads.
 */
public final class Chunker {

  private final ChunkSettings settings;
  private final TokenCounter tokens;

  /**
   * @param tokens counts as the embedding model does
   */
  public Chunker(ChunkSettings settings, TokenCounter tokens) {
    this.settings = Objects.requireNonNull(settings, "settings");
    this.tokens = Objects.requireNonNull(tokens, "tokens");
  }

  /** The chunks of {@code document} in the order of its text. */
  public List<TextChunk> chunk(CleanedDocument document) {
    Locale locale = document.language().map(Locale::forLanguageTag).orElse(Locale.ROOT);
    var units = new Units(document.text(), locale, tokens, settings.maxTokens());
    List<TextChunk> chunks = new ArrayList<>();
    for (Section section : Section.of(document.spans())) {
      List<Unit> parts = units.of(section);
      for (Cutter.Run run : new Cutter(document.text(), parts, settings.maxTokens()).cut()) {
        chunks.add(chunk(document, section, parts, run));
      }
    }
    return chunks;
  }

  private TextChunk chunk(
      CleanedDocument document, Section section, List<Unit> units, Cutter.Run run) {
    int start = start(units, run.from());
    int end = units.get(run.to() - 1).end();
    String text = document.text().substring(start, end);
    return new TextChunk(
        start,
        end,
        section.headings(),
        section.start(),
        section.end(),
        tokens.count(text),
        ChunkHash.of(document.title(), section.headings(), text));
  }

  /** Where the chunk begins: at the sentence before its first unit, when that is short enough. */
  private int start(List<Unit> units, int first) {
    if (first > 0) {
      Unit before = units.get(first - 1);
      if (before.prose() && before.tokens() <= settings.overlapTokens()) {
        return before.start();
      }
    }
    return units.get(first).start();
  }
}
