package dev.millrace.serving.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.serving.chat.Citation;
import java.util.List;

/** Citations as OpenAI's {@code annotations}, and as {@code citations} with all that we know. */
final class CitationBody {

  private CitationBody() {}

  static void put(ObjectNode to, List<Citation> citations) {
    ArrayNode annotations = to.putArray("annotations");
    ArrayNode details = to.putArray("citations");
    for (Citation c : citations) {
      annotations
          .addObject()
          .put("type", "url_citation")
          .putObject("url_citation")
          .put("start_index", c.startIndex())
          .put("end_index", c.endIndex())
          .put("title", c.title())
          .put("url", c.url());
      details
          .addObject()
          .put("number", c.number())
          .put("document_id", c.documentId())
          .put("title", c.title())
          .put("uri", c.url())
          .put("revision", c.revision())
          .put("start", c.start())
          .put("end", c.end())
          .put("quote", c.quote());
    }
  }
}
