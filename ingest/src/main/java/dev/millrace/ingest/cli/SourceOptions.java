package dev.millrace.ingest.cli;

import dev.millrace.ingest.DocumentRules;
import dev.millrace.ingest.source.DocumentSource;
import dev.millrace.ingest.source.Globs;
import dev.millrace.ingest.source.PathSource;
import dev.millrace.ingest.source.SourceSettings;
import dev.millrace.ingest.source.SourceSettings.Format;
import dev.millrace.ingest.source.Stamp;
import dev.millrace.ingest.source.StreamSource;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Where documents come from and what they are given. */
final class SourceOptions {

  static final String STANDARD_INPUT = "-";

  @Parameters(
      paramLabel = "PATH",
      arity = "1..*",
      description = "Folders, files, .jsonl files; - is standard input.")
  private List<String> paths;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      defaultValue = "auto",
      description =
          "auto: .jsonl, .ndjson and standard input hold one JSON document a line, other files are"
              + " one document each; jsonl: all are JSON lines; text: each is one document.")
  private Format format;

  @Option(
      names = "--id",
      paramLabel = "ID",
      description = "Id of the one document on standard input (with --format text).")
  private String id;

  @Option(
      names = "--id-prefix",
      paramLabel = "TEXT",
      defaultValue = "",
      description = "Put before every id.")
  private String idPrefix;

  @Option(
      names = "--include",
      paramLabel = "GLOB",
      description = "Only these files of a folder, for example '*.html' or 'docs/**'. Repeatable.")
  private List<String> include = List.of();

  @Option(
      names = "--exclude",
      paramLabel = "GLOB",
      description = "Not these files or folders. Repeatable.")
  private List<String> exclude = List.of();

  @Option(
      names = "--acl",
      paramLabel = "PRINCIPAL",
      description = "Who may read documents that do not say so themselves. Repeatable.")
  private List<String> acl = List.of();

  @Option(
      names = "--metadata",
      paramLabel = "NAME=VALUE",
      description = "Added to every document. Repeatable.")
  private Map<String, String> metadata = Map.of();

  @Option(
      names = "--content-type",
      paramLabel = "TYPE",
      description = "Of documents that declare none (default: found from the content).")
  private String contentType;

  /**
   * @throws IllegalArgumentException when options do not go together
   */
  List<DocumentSource> sources(DocumentRules rules, Duration quiet, InputStream in) {
    var stamp = new Stamp(idPrefix, acl, metadata, Optional.ofNullable(contentType));
    var settings = new SourceSettings(format, new Globs(include, exclude), stamp, rules, quiet);
    if (id != null && !paths.contains(STANDARD_INPUT)) {
      throw new IllegalArgumentException("--id is for a document on standard input (PATH -)");
    }
    List<DocumentSource> sources = new ArrayList<>();
    for (String path : paths) {
      sources.add(
          path.equals(STANDARD_INPUT)
              ? new StreamSource(in, settings, Optional.ofNullable(id))
              : new PathSource(Path.of(path), settings));
    }
    return sources;
  }

  boolean readsStandardInput() {
    return paths.contains(STANDARD_INPUT);
  }
}
