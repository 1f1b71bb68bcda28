package dev.millrace.preprocess.clean;

import dev.millrace.preprocess.document.Block;
import dev.millrace.preprocess.document.ParsedDocument;
import dev.millrace.preprocess.document.Reason;
import dev.millrace.preprocess.document.RejectedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Makes one cleaned text of parsed blocks, or rejects it by rule. Safe for several threads. */
public final class Cleaner {

  private static final int LONGEST_TITLE = 300;

  private final UnaryOperator<String> redaction;
  private final QualityRules rules;
  private final LanguageDetector languages;
  private final CleanSettings settings;

  public Cleaner(CleanSettings settings) {
    this.settings = settings;
    this.redaction =
        settings.redact() ? new Redactor(settings.phoneRegion())::redact : UnaryOperator.identity();
    this.rules = new QualityRules(settings);
    this.languages = new LanguageDetector(settings.languages());
  }

  /**
   * Cleans {@code document}.
   *
   * @param givenTitle what its producer called it; goes before the document's own title
   * @throws RejectedException when a rule forbids it
   */
  public CleanedDocument clean(ParsedDocument document, Optional<String> givenTitle) {
    List<CleanedDocument.Span> spans = new ArrayList<>();
    var text = new StringBuilder();
    Block previous = null;
    for (Block parsed : document.blocks()) {
      Block block = parsed.withText(redaction.apply(normalized(parsed)));
      if (block.text().isBlank()) {
        continue;
      }
      if (previous != null) {
        text.append(separator(previous, block));
      }
      int start = text.length();
      text.append(block.text());
      spans.add(new CleanedDocument.Span(block, start, text.length()));
      previous = block;
    }
    String whole = text.toString();
    if (whole.isEmpty()) {
      throw new RejectedException(Reason.NO_TEXT, "it holds no text");
    }
    rules.check(whole);
    Optional<String> language = languages.detect(spans);
    checkLanguage(language);
    return new CleanedDocument(
        givenTitle
            .filter(title -> !title.isBlank())
            .or(document::title)
            .map(this::title)
            .filter(title -> !title.isEmpty()),
        document.contentType(),
        language,
        whole,
        spans);
  }

  private static String normalized(Block block) {
    return switch (block) {
      case Block.Code code -> TextNormalizer.code(code.text());
      case Block.Heading heading -> TextNormalizer.line(heading.text());
      case Block.TableRow row -> TextNormalizer.line(row.text());
      case Block.Paragraph paragraph -> TextNormalizer.prose(paragraph.text());
      case Block.ListItem item -> TextNormalizer.prose(item.text());
    };
  }

  private static String separator(Block before, Block after) {
    boolean together =
        (before instanceof Block.ListItem && after instanceof Block.ListItem)
            || (before instanceof Block.TableRow && after instanceof Block.TableRow);
    return together ? "\n" : "\n\n";
  }

  private String title(String title) {
    String line = redaction.apply(TextNormalizer.line(title));
    if (line.length() <= LONGEST_TITLE) {
      return line;
    }
    int end = LONGEST_TITLE - (Character.isHighSurrogate(line.charAt(LONGEST_TITLE - 1)) ? 1 : 0);
    return line.substring(0, end);
  }

  private void checkLanguage(Optional<String> language) {
    if (settings.allowedLanguages().isEmpty()) {
      return;
    }
    if (language.isEmpty() || !settings.allowedLanguages().contains(language.get())) {
      throw new RejectedException(
          Reason.LANGUAGE_NOT_ALLOWED,
          "its language is "
              + language.orElse("unknown")
              + ", allowed are "
              + settings.allowedLanguages());
    }
  }
}
