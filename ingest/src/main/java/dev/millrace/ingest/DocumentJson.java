package dev.millrace.ingest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.contracts.avro.Document;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * A document as JSON: {@code id}, {@code text} or {@code content_base64}, {@code title}, {@code
 * uri}, {@code content_type}, {@code file_name}, {@code metadata} (an object of plain values) and
 * {@code acl} (a list of principals). One reader for JSON lines and HTTP, so that both mean the
 * same. Safe for any number of threads.
 */
public final class DocumentJson {

  /** What happens to fields that are none of the above. */
  public enum OtherFields {
    /** They are refused: a misspelt {@code acl} must not make a document public. */
    REFUSED,
    /** Plain values become metadata: a corpus brings its own fields. */
    METADATA
  }

  private static final Set<String> FIELDS =
      Set.of(
          "id",
          "text",
          "content_base64",
          "title",
          "uri",
          "content_type",
          "file_name",
          "metadata",
          "acl");
  private static final String TEXT_TYPE = "text/plain";

  private final ObjectMapper json;
  private final OtherFields otherFields;

  /**
   * @param maxBytes of a document's content
   */
  public DocumentJson(int maxBytes, OtherFields otherFields) {
    this.otherFields = otherFields;
    var factory =
        JsonFactory.builder()
            .streamReadConstraints(
                StreamReadConstraints.builder()
                    .maxNestingDepth(64)
                    // base64 is a third longer than what it holds
                    .maxStringLength(maxBytes / 3 * 4 + 1024)
                    .build())
            // The default shows the offending source, which may be megabytes of it.
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();
    this.json = new ObjectMapper(factory).enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  }

  /**
   * The document that {@code bytes} describe in UTF-8.
   *
   * @param id used where the JSON names none
   * @throws IngestException.Invalid when it is not JSON or not a document, saying why
   */
  public Document read(byte[] bytes, int offset, int length, Supplier<String> id) {
    JsonNode node;
    try {
      node = json.readTree(bytes, offset, length);
    } catch (JsonProcessingException e) {
      throw new IngestException.Invalid("not JSON: " + firstLine(e.getOriginalMessage()));
    } catch (IOException e) {
      throw new IngestException.Invalid("not JSON: " + firstLine(e.getMessage()));
    }
    if (!node.isObject()) {
      throw new IngestException.Invalid(
          "not a JSON object but " + node.getNodeType().name().toLowerCase(java.util.Locale.ROOT));
    }
    return document(node, id);
  }

  private Document document(JsonNode node, Supplier<String> fallbackId) {
    Map<String, String> metadata = new TreeMap<>();
    node.properties().forEach(field -> other(field.getKey(), field.getValue(), metadata));
    metadata(node.get("metadata"), metadata);
    Optional<String> contentType = string(node, "content_type");
    ByteBuffer content = content(node);
    boolean isText = node.hasNonNull("text");
    return new Document(
        id(node).orElseGet(fallbackId),
        content,
        contentType.orElse(isText ? TEXT_TYPE : null),
        string(node, "file_name").orElse(null),
        string(node, "title").orElse(null),
        string(node, "uri").orElse(null),
        metadata,
        acl(node.get("acl")),
        0L);
  }

  private void other(String name, JsonNode value, Map<String, String> metadata) {
    if (FIELDS.contains(name)) {
      return;
    }
    String lower = name.toLowerCase(java.util.Locale.ROOT);
    boolean nearMiss = FIELDS.contains(lower) || Set.of("acls", "access").contains(lower);
    if (otherFields == OtherFields.REFUSED || nearMiss) {
      throw new IngestException.Invalid(
          "field '%s' is not known; a document may have %s"
              .formatted(name, String.join(", ", FIELDS.stream().sorted().toList())));
    }
    if (!value.isNull() && !name.isBlank()) {
      metadata.put(name, value.isContainerNode() ? value.toString() : value.asText());
    }
  }

  private static Optional<String> id(JsonNode node) {
    JsonNode id = node.get("id");
    return id != null && id.isIntegralNumber() ? Optional.of(id.asText()) : string(node, "id");
  }

  private static ByteBuffer content(JsonNode node) {
    Optional<String> text = string(node, "text");
    Optional<String> base64 = string(node, "content_base64");
    if (text.isPresent() == base64.isPresent()) {
      throw new IngestException.Invalid(
          text.isPresent()
              ? "'text' and 'content_base64' exclude each other"
              : "'text' is missing (or 'content_base64' for a file)");
    }
    if (text.isPresent()) {
      return ByteBuffer.wrap(text.get().getBytes(StandardCharsets.UTF_8));
    }
    try {
      return ByteBuffer.wrap(Base64.getDecoder().decode(base64.get()));
    } catch (IllegalArgumentException e) {
      throw new IngestException.Invalid("'content_base64' is not base64: " + e.getMessage());
    }
  }

  private static void metadata(JsonNode node, Map<String, String> into) {
    if (node == null || node.isNull()) {
      return;
    }
    if (!node.isObject()) {
      throw new IngestException.Invalid("'metadata' must be an object, found " + kind(node));
    }
    node.properties()
        .forEach(
            entry -> {
              JsonNode value = entry.getValue();
              if (!value.isNull()) {
                into.put(
                    entry.getKey(), value.isContainerNode() ? value.toString() : value.asText());
              }
            });
  }

  private static List<String> acl(JsonNode node) {
    if (node == null || node.isNull()) {
      return List.of();
    }
    if (!node.isArray()) {
      throw new IngestException.Invalid("'acl' must be a list of principals, found " + kind(node));
    }
    var principals = new ArrayList<String>();
    for (JsonNode principal : node) {
      if (!principal.isTextual()) {
        throw new IngestException.Invalid(
            "'acl' must be a list of strings, it holds " + kind(principal));
      }
      principals.add(principal.textValue());
    }
    return List.copyOf(principals);
  }

  private static Optional<String> string(JsonNode node, String name) {
    JsonNode value = node.get(name);
    if (value == null || value.isNull()) {
      return Optional.empty();
    }
    if (!value.isTextual()) {
      throw new IngestException.Invalid(
          "'%s' must be a string, found %s".formatted(name, kind(value)));
    }
    return Optional.of(value.textValue());
  }

  private static String kind(JsonNode node) {
    return node.getNodeType().name().toLowerCase(java.util.Locale.ROOT);
  }

  private static String firstLine(String message) {
    return message.lines().findFirst().orElse("unreadable");
  }
}
