package dev.millrace.ingest.source;

import dev.millrace.contracts.avro.Document;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a push gives to all of its documents.
 *
 * @param idPrefix put before every id, may be empty
 * @param acl for documents that name no principals themselves
 * @param metadata added where the document does not have the name itself
 * @param contentType for documents that declare none
 */
public record Stamp(
    String idPrefix, List<String> acl, Map<String, String> metadata, Optional<String> contentType) {

  /** Changes nothing. */
  public static final Stamp NONE = new Stamp("", List.of(), Map.of(), Optional.empty());

  public Stamp {
    Objects.requireNonNull(idPrefix, "idPrefix");
    acl = List.copyOf(acl);
    metadata = Map.copyOf(metadata);
  }

  String id(String id) {
    return idPrefix + id;
  }

  /** The document with this push's attributes; its id is left as it is. */
  Document apply(Document document) {
    var all = new TreeMap<>(metadata);
    all.putAll(document.getMetadata());
    document.setMetadata(all);
    if (document.getAcl().isEmpty()) {
      document.setAcl(acl);
    }
    if (document.getContentType() == null) {
      document.setContentType(contentType.orElse(null));
    }
    return document;
  }

  /** The same for equal stamps, in this process and the next. */
  long seed() {
    return Mix.of(idPrefix + '\n' + acl + '\n' + new TreeMap<>(metadata) + '\n' + contentType);
  }
}
