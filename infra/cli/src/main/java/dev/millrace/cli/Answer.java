package dev.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** An answer of the chat endpoint, with where its sentences come from. */
record Answer(String text, List<Citation> citations) {

  /**
   * One numbered source.
   *
   * @param start of the quoted range in the document's cleaned text
   * @param end of it, exclusive
   */
  record Citation(int number, String documentId, String title, String uri, int start, int end) {}

  /** Asks one question in a new conversation. */
  static Answer to(Api api, String model, String question) {
    var body = Api.JSON.createObjectNode().put("model", model);
    body.putArray("messages").addObject().put("role", "user").put("content", question);
    JsonNode message = api.post("/v1/chat/completions", body).at("/choices/0/message");
    List<Citation> citations = new ArrayList<>();
    for (JsonNode node : message.path("citations")) {
      citations.add(
          new Citation(
              node.path("number").asInt(),
              node.path("document_id").asText(),
              node.path("title").asText(),
              node.path("uri").asText(),
              node.path("start").asInt(),
              node.path("end").asInt()));
    }
    return new Answer(message.path("content").asText(), List.copyOf(citations));
  }

  boolean isCited() {
    return !citations.isEmpty();
  }

  boolean cites(String documentId) {
    return citations.stream().anyMatch(citation -> citation.documentId().equals(documentId));
  }

  void print(Screen screen) {
    text.lines().forEach(line -> screen.line("  " + line));
    for (Citation citation : citations) {
      screen.line(
          screen.dim(
              "  [%d] %s (%s, characters %d to %d)"
                  .formatted(
                      citation.number(),
                      citation.title(),
                      citation.documentId(),
                      citation.start(),
                      citation.end())));
    }
  }
}
