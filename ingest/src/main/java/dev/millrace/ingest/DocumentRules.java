package dev.millrace.ingest;

import dev.millrace.contracts.avro.Document;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * What a document must be to enter the log.
 *
 * @param maxBytes of the content ({@code millrace.documents.max-bytes})
 */
public record DocumentRules(int maxBytes) {

  /** 16 MiB. */
  public static final int DEFAULT_MAX_BYTES = 16 << 20;

  /** UTF-16 code units of an id. */
  public static final int MAX_ID = 512;

  /** The principal that means everybody; producers leave the list empty instead. */
  public static final String EVERYBODY = "*";

  /** Everything of a document but its content, in UTF-8 bytes. */
  static final int MAX_ATTRIBUTE_BYTES = 1 << 20;

  private static final int MAX_PRINCIPAL = 256;

  public DocumentRules {
    // The documents topic takes records of 32 MiB, the attributes included.
    if (maxBytes < 1 || maxBytes > 30 << 20) {
      throw new IllegalArgumentException(
          "millrace.documents.max-bytes must be between 1 and 31457280: " + maxBytes);
    }
  }

  public DocumentRules() {
    this(DEFAULT_MAX_BYTES);
  }

  /**
   * Returns when the document may be sent.
   *
   * @throws IngestException.Invalid naming the field and what is wrong with it
   * @throws IngestException.TooLarge when its content or its attributes are too large
   */
  public void check(Document document) {
    checkId(document.getId());
    if (document.getContent() == null) {
      throw new IngestException.Invalid("document " + document.getId() + " has no content");
    }
    if (document.getAcl() == null || document.getMetadata() == null) {
      throw new IngestException.Invalid(
          "document " + document.getId() + ": acl and metadata may be empty, not null");
    }
    checkSize(document.getId(), document.getContent().remaining());
    document.getAcl().forEach(principal -> checkPrincipal(document.getId(), principal));
    long attributes = attributeBytes(document);
    if (attributes > MAX_ATTRIBUTE_BYTES) {
      throw new IngestException.TooLarge(
          "document %s: title, uri, metadata and acl take %d bytes, the limit is %d"
              .formatted(document.getId(), attributes, MAX_ATTRIBUTE_BYTES),
          null);
    }
  }

  /**
   * Checks a size before the content is read into memory.
   *
   * @throws IngestException.TooLarge when it is above the limit
   */
  public void checkSize(String id, long bytes) {
    if (bytes > maxBytes) {
      throw new IngestException.TooLarge(
          "document %s has %d bytes, the limit is %d (millrace.documents.max-bytes)"
              .formatted(id, bytes, maxBytes),
          null);
    }
  }

  /**
   * Checks a document id.
   *
   * @throws IngestException.Invalid when it is blank, too long or holds control characters
   */
  public static void checkId(String id) {
    if (id == null || id.isBlank()) {
      throw new IngestException.Invalid("a document's id must not be blank");
    }
    if (id.length() > MAX_ID) {
      throw new IngestException.Invalid(
          "a document's id may have %d characters, this one has %d: %s..."
              .formatted(MAX_ID, id.length(), visible(id.substring(0, 60))));
    }
    checkPlain("a document's id", id);
  }

  private static void checkPrincipal(String id, String principal) {
    if (principal == null || principal.isBlank()) {
      throw new IngestException.Invalid("document " + id + ": a principal in acl is blank");
    }
    if (principal.equals(EVERYBODY)) {
      throw new IngestException.Invalid(
          "document " + id + ": acl may not name \"*\"; leave acl empty for everybody");
    }
    if (principal.length() > MAX_PRINCIPAL) {
      throw new IngestException.Invalid(
          "document %s: a principal in acl has %d characters, the limit is %d"
              .formatted(id, principal.length(), MAX_PRINCIPAL));
    }
    checkPlain("document " + id + ": a principal in acl", principal);
  }

  private static void checkPlain(String what, String value) {
    if (value.chars().anyMatch(Character::isISOControl)) {
      throw new IngestException.Invalid(
          what + " may not hold control characters: " + visible(value));
    }
    try {
      StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(value));
    } catch (CharacterCodingException e) {
      throw new IngestException.Invalid(what + " holds half a character: " + visible(value));
    }
  }

  private static long attributeBytes(Document document) {
    long bytes = utf8(document.getTitle()) + utf8(document.getUri());
    bytes += utf8(document.getFileName()) + utf8(document.getContentType());
    for (Map.Entry<String, String> entry : document.getMetadata().entrySet()) {
      if (entry.getKey() == null || entry.getKey().isBlank() || entry.getValue() == null) {
        throw new IngestException.Invalid(
            "document %s: metadata must be names with values, found '%s'"
                .formatted(document.getId(), entry));
      }
      bytes += utf8(entry.getKey()) + utf8(entry.getValue());
    }
    for (String principal : document.getAcl()) {
      bytes += utf8(principal);
    }
    return bytes;
  }

  private static long utf8(String text) {
    return text == null ? 0 : text.getBytes(StandardCharsets.UTF_8).length;
  }

  private static String visible(String text) {
    var out = new StringBuilder();
    text.chars()
        .limit(80)
        .forEach(
            c -> {
              if (Character.isISOControl(c) || Character.isSurrogate((char) c)) {
                out.append("\\u%04x".formatted(c));
              } else {
                out.append((char) c);
              }
            });
    return out.toString();
  }
}
