package dev.millrace.serving.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.serving.NodeScript;
import io.quarkus.test.junit.QuarkusTest;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The protocol's own TypeScript SDK as a client. */
@QuarkusTest
class McpSdkTest extends HttpTestBase {

  @Test
  void typescript_sdk_uses_every_tool() throws Exception {
    serve(Map.of());
    String seen =
        NodeScript.of("mcp.mjs", "@modelcontextprotocol/sdk@1.32.2")
            .run(root.resolve("/mcp").toString());
    JsonNode all = JSON.readTree(seen);
    assertThat(all.path("tools"))
        .extracting(JsonNode::asText)
        .containsExactly("ask", "lag", "push_document", "search");
    assertThat(all.at("/search/passages/0/document_id").asText()).isEqualTo("producer");
    assertThat(all.at("/ask/answer").asText()).startsWith("acks=all means");
    assertThat(all.at("/ask/citations/0/quote").asText()).isNotBlank();
    assertThat(all.at("/push/id").asText()).isEqualTo("from-node");
    assertThat(all.at("/lag/groups/0/lag").asInt()).isEqualTo(12);
    assertThat(all.at("/wrong/isError").asBoolean()).isTrue();
    assertThat(all.at("/wrong/text").asText()).contains("does not exist here");
  }
}
