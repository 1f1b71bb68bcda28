package dev.millrace.app.documents;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.contracts.avro.Document;
import dev.millrace.serving.Refusal;
import jakarta.ws.rs.core.MediaType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jboss.resteasy.reactive.RestForm;
import org.jboss.resteasy.reactive.multipart.FileUpload;

/**
 * The form of an uploaded document: {@code file}, and beside it {@code id} (else the file's name),
 * {@code title}, {@code uri}, {@code acl} (any number of times) and {@code metadata} (a JSON
 * object).
 */
public class Upload {

  private static final ObjectMapper JSON = new ObjectMapper();

  @RestForm("file")
  FileUpload file;

  @RestForm String id;
  @RestForm String title;
  @RestForm String uri;
  @RestForm List<String> acl;
  @RestForm String metadata;

  Document document() throws IOException {
    String name = file.fileName() == null || file.fileName().isBlank() ? null : file.fileName();
    return new Document(
        id != null ? id : name != null ? name : DocumentApi.newId(),
        ByteBuffer.wrap(Files.readAllBytes(file.uploadedFile())),
        contentType(),
        name,
        title,
        uri,
        metadata(),
        acl == null ? List.of() : new ArrayList<>(acl),
        0L);
  }

  // What clients say when they do not know is no declaration.
  private String contentType() {
    String declared = file.contentType();
    return MediaType.APPLICATION_OCTET_STREAM.equals(declared) ? null : declared;
  }

  private Map<String, String> metadata() {
    if (metadata == null || metadata.isBlank()) {
      return Map.of();
    }
    try {
      JsonNode node = JSON.readTree(metadata);
      if (node.isObject()) {
        Map<String, String> all = new TreeMap<>();
        node.properties()
            .forEach(
                entry ->
                    all.put(
                        entry.getKey(),
                        entry.getValue().isValueNode()
                            ? entry.getValue().asText()
                            : entry.getValue().toString()));
        return all;
      }
    } catch (JsonProcessingException e) {
      // the same words
    }
    throw Refusal.invalid("metadata", "'metadata' has to be a JSON object.");
  }
}
