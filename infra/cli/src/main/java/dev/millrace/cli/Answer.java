package dev.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
    JsonNode message =
        api.post("/v1/chat/completions", request(model, question)).at("/choices/0/message");
    List<Citation> citations = new ArrayList<>();
    message.path("citations").forEach(node -> citations.add(citation(node)));
    return new Answer(message.path("content").asText(), List.copyOf(citations));
  }

  static ObjectNode request(String model, String question) {
    ObjectNode body = Api.JSON.createObjectNode().put("model", model);
    body.putArray("messages").addObject().put("role", "user").put("content", question);
    return body;
  }

  static Citation citation(JsonNode node) {
    return new Citation(
        node.path("number").asInt(),
        node.path("document_id").asText(),
        node.path("title").asText(),
        node.path("uri").asText(),
        node.path("start").asInt(),
        node.path("end").asInt());
  }

  boolean isCited() {
    return !citations.isEmpty();
  }

  boolean cites(String documentId) {
    return citations.stream().anyMatch(citation -> citation.documentId().equals(documentId));
  }

  void print(Screen screen) {
    text.lines().forEach(line -> screen.line("  " + Screen.harmless(line)));
    printSources(screen);
  }

  void printSources(Screen screen) {
    for (Citation citation : citations) {
      screen.line(
          screen.dim(
              "  [%d] %s (%s, characters %d to %d)"
                  .formatted(
                      citation.number(),
                      Screen.harmless(citation.title()),
                      Screen.harmless(citation.documentId()),
                      citation.start(),
                      citation.end())));
    }
  }
}
