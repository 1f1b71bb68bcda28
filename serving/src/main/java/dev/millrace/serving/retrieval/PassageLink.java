package dev.millrace.serving.retrieval;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** The address of a passage on this server. */
public final class PassageLink {

  private PassageLink() {}

  /** Path and query of a character range of one revision of a document. */
  public static String path(String documentId, int start, int end, long revision) {
    String id = URLEncoder.encode(documentId, StandardCharsets.UTF_8).replace("+", "%20");
    return "/v1/documents/%s/passage?start=%d&end=%d&revision=%d"
        .formatted(id, start, end, revision);
  }
}
