package dev.millrace.index;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * Ids of entries. They follow from the document's id and the chunks' hashes alone, so that writing
 * a revision twice writes the same entries. OpenSearch takes 512 bytes: a long document id is
 * replaced by its hash.
 */
public final class EntryIds {

  private static final int LONGEST = 400;

  private EntryIds() {}

  /** Id of a document's manifest. */
  public static String manifest(String documentId) {
    byte[] bytes = documentId.getBytes(StandardCharsets.UTF_8);
    return bytes.length <= LONGEST ? documentId : "~" + sha256(bytes);
  }

  /**
   * Ids of a document's chunks, in their order. The same hash twice in one document is told apart
   * by its count.
   */
  public static List<String> chunks(String documentId, List<String> hashes) {
    String document = manifest(documentId);
    Map<String, Integer> seen = new HashMap<>();
    List<String> ids = new ArrayList<>(hashes.size());
    for (String hash : hashes) {
      ids.add(document + "#" + hash + "#" + (seen.merge(hash, 1, Integer::sum) - 1));
    }
    return ids;
  }

  /** Id of the first chunk with this hash: every hash of a document has one. */
  public static String firstChunk(String documentId, String hash) {
    return manifest(documentId) + "#" + hash + "#0";
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
