package dev.millrace.preprocess.document;

import java.util.Locale;

/**
 * Why a document was rejected or a record could not be read. The {@link #code()} stands in {@code
 * ChunkedDocument.reason} and in the dead letter's header; codes are part of the contract and are
 * never renamed.
 */
public enum Reason {
  /** The document has no bytes. */
  EMPTY(false),
  /** More bytes than {@code millrace.documents.max-bytes}, or a result the broker would refuse. */
  TOO_LARGE(true),
  /** No parser for this content type (an image, a program, unknown binary data). */
  UNSUPPORTED_TYPE(true),
  /** Protected by a password. */
  ENCRYPTED(true),
  /** Damaged, truncated or not what its first bytes promise. */
  CORRUPT(true),
  /** Not parsed within {@code millrace.preprocess.parse-timeout}. */
  PARSE_TIMEOUT(true),
  /** Nested deeper than {@code millrace.preprocess.max-depth}. */
  PARSE_DEPTH(true),
  /** Swells when unpacked: a zip bomb, or more text than {@code millrace.preprocess.max-chars}. */
  PARSE_SWELL(true),
  /** More embedded documents than {@code millrace.preprocess.max-parts}. */
  TOO_MANY_PARTS(true),
  /** The parser's process died on this document. */
  PARSE_CRASH(true),
  /** Parsed well, but without any text (a scanned page, an empty table). */
  NO_TEXT(false),
  /** Fewer characters than {@code millrace.preprocess.min-chars}. */
  TOO_SHORT(false),
  /** Too many characters that could not be decoded: wrong charset or binary data. */
  GARBLED(false),
  /** Too few letters and digits. */
  TOO_MANY_SYMBOLS(false),
  /** The same words over and over. */
  REPETITIVE(false),
  /** Written in a language that is not in {@code millrace.preprocess.allowed-languages}. */
  LANGUAGE_NOT_ALLOWED(false),
  /** The record has no key, or one that is not UTF-8: it belongs to no document. */
  BAD_KEY(true),
  /** The record's value is not in Confluent wire format. */
  NOT_WIRE_FORMAT(true),
  /** The record names a schema id that the registry does not know. */
  UNKNOWN_SCHEMA(true),
  /** The record's bytes do not follow the schema that they name. */
  UNREADABLE_RECORD(true),
  /** Our own code failed on this document: a bug worth reporting. */
  PROCESSOR_FAILED(true);

  private final boolean deadLetter;

  Reason(boolean deadLetter) {
    this.deadLetter = deadLetter;
  }

  /** Lower case with hyphens, for example {@code parse-timeout}. */
  public String code() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Whether the original bytes are kept among the dead letters: somebody may want to mend them. */
  public boolean isDeadLetter() {
    return deadLetter;
  }

  /** The reason with this {@link #code()}. */
  public static Reason ofCode(String code) {
    return valueOf(code.toUpperCase(Locale.ROOT).replace('-', '_'));
  }
}
