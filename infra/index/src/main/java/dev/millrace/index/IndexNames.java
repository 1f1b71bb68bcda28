package dev.millrace.index;

import java.util.OptionalInt;
import java.util.regex.Pattern;

/** Names under one prefix. Readers use the aliases; only writers know the numbers. */
public record IndexNames(String prefix) {

  private static final Pattern NUMBERED = Pattern.compile("-(\\d{6})$");

  /** What is searched: one entry a chunk of every document's newest revision. */
  public String chunks() {
    return prefix + "chunks";
  }

  /** Manifests: one entry a document, deleted and rejected ones too. */
  public String documents() {
    return prefix + "documents";
  }

  /** Search pipeline for {@code hybrid} queries: reciprocal rank fusion. */
  public String rrfPipeline() {
    return prefix + "hybrid-rrf";
  }

  /** Search pipeline for {@code hybrid} queries: min-max scores, weighted. */
  public String weightedPipeline() {
    return prefix + "hybrid-weighted";
  }

  String chunks(int number) {
    return "%s-%06d".formatted(chunks(), number);
  }

  String documents(int number) {
    return "%s-%06d".formatted(documents(), number);
  }

  OptionalInt number(String index) {
    var matcher = NUMBERED.matcher(index);
    return matcher.find()
        ? OptionalInt.of(Integer.parseInt(matcher.group(1)))
        : OptionalInt.empty();
  }
}
