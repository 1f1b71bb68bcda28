package dev.millrace.ingest.source;

import dev.millrace.ingest.DocumentRules;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;

/**
 * How sources read.
 *
 * @param format what a file or stream holds
 * @param globs which files of a folder count; files named one by one always do
 * @param stamp what every document is given
 * @param rules by which content is too large to be read at all
 * @param quiet a file whose last write is younger is left for later; zero: all are read
 */
public record SourceSettings(
    Format format, Globs globs, Stamp stamp, DocumentRules rules, Duration quiet) {

  /** What a file or stream holds. */
  public enum Format {
    /** JSON lines in {@code .jsonl} and {@code .ndjson} files and on streams, else one document. */
    AUTO,
    /** One JSON document a line. */
    JSONL,
    /** One document, whatever its kind. */
    TEXT
  }

  public SourceSettings {
    Objects.requireNonNull(format, "format");
    Objects.requireNonNull(globs, "globs");
    Objects.requireNonNull(stamp, "stamp");
    Objects.requireNonNull(rules, "rules");
    Objects.requireNonNull(quiet, "quiet");
  }

  /** Everything as it comes. */
  public SourceSettings() {
    this(Format.AUTO, Globs.ALL, Stamp.NONE, new DocumentRules(), Duration.ZERO);
  }

  boolean isLines(String fileName) {
    String lower = fileName.toLowerCase(Locale.ROOT);
    return format == Format.JSONL
        || (format == Format.AUTO && (lower.endsWith(".jsonl") || lower.endsWith(".ndjson")));
  }
}
