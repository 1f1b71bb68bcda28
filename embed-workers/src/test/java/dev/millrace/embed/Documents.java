package dev.millrace.embed;

import dev.millrace.contracts.avro.Chunk;
import dev.millrace.contracts.avro.ChunkOutcome;
import dev.millrace.contracts.avro.ChunkedDocument;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** Makes revisions as preprocess would: one chunk a paragraph. */
final class Documents {

  private Documents() {}

  static ChunkedDocument indexed(String id, long revision, String... paragraphs) {
    return indexed(id, revision, List.of(), paragraphs);
  }

  static ChunkedDocument indexed(String id, long revision, List<String> acl, String... paragraphs) {
    String text = String.join("\n\n", paragraphs);
    List<Chunk> chunks = new ArrayList<>();
    int start = 0;
    for (String paragraph : paragraphs) {
      chunks.add(
          Chunk.newBuilder()
              .setStart(start)
              .setEnd(start + paragraph.length())
              .setHeadings(List.of("Part"))
              .setParentStart(0)
              .setParentEnd(text.length())
              .setTokens(paragraph.length() / 5)
              .setHash(hash("Title of " + id + "\nPart\n" + paragraph))
              .build());
      start += paragraph.length() + 2;
    }
    return builder(id, revision, ChunkOutcome.CHUNKED)
        .setTitle("Title of " + id)
        .setUri("https://example.org/" + id)
        .setContentType("text/plain")
        .setLanguage("en")
        .setMetadata(Map.of("team", "search", "a.b", "c"))
        .setAcl(acl)
        .setText(text)
        .setChunks(chunks)
        .build();
  }

  static ChunkedDocument deleted(String id, long revision) {
    return builder(id, revision, ChunkOutcome.DELETED).build();
  }

  static ChunkedDocument rejected(String id, long revision, String reason) {
    return builder(id, revision, ChunkOutcome.REJECTED)
        .setReason(reason)
        .setDetail("no text in it")
        .build();
  }

  private static ChunkedDocument.Builder builder(String id, long revision, ChunkOutcome outcome) {
    long now = System.currentTimeMillis();
    return ChunkedDocument.newBuilder()
        .setDocumentId(id)
        .setRevision(revision)
        .setOutcome(outcome)
        .setSentAt(now)
        .setProcessedAt(now);
  }

  private static String hash(String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
