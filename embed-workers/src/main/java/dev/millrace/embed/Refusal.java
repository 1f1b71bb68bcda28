package dev.millrace.embed;

/**
 * Why this stage could not index a revision.
 *
 * @param reason code, lower case with hyphens
 * @param detail one line for a person
 */
record Refusal(String reason, String detail) {

  /** OpenSearch does not take an entry. */
  static final String INDEX_REFUSED = "index-refused";

  /** A chunk's range lies outside of the text. */
  static final String BAD_RANGE = "bad-chunk-range";

  /** The embedding model, or this stage, failed on it. */
  static final String EMBED_FAILED = "embed-failed";
}
