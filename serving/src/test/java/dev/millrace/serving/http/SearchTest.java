package dev.millrace.serving.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.junit.QuarkusTest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
class SearchTest extends HttpTestBase {

  @BeforeEach
  void start() {
    serve(Map.of());
  }

  @Test
  void hits_say_where_they_stand() throws Exception {
    JsonNode hit =
        json(post("/v1/search", "{\"query\":\"in-sync replicas\",\"limit\":2}"))
            .path("hits")
            .path(0);
    assertThat(hit.path("document_id").asText()).isEqualTo("producer");
    assertThat(hit.path("revision").asLong()).isEqualTo(7);
    assertThat(ACKS.substring(hit.path("start").asInt(), hit.path("end").asInt()))
        .isEqualTo(hit.path("text").asText());
    assertThat(hit.path("headings").isArray()).isTrue();
    assertThat(hit.path("score").isNumber()).isTrue();
  }

  @Test
  void get_and_post_find_the_same() throws Exception {
    assertThat(json(get("/v1/search?q=consumer%20groups&limit=3&mode=bm25")))
        .isEqualTo(
            json(
                post(
                    "/v1/search",
                    "{\"query\":\"consumer groups\",\"limit\":3,\"mode\":\"bm25\"}")));
  }

  @Test
  void principals_in_the_body_open_nothing() throws Exception {
    String body = "{\"query\":\"salary of the captain\",\"principals\":[\"hr\"]}";
    assertThat(post("/v1/search", body).body()).doesNotContain("4711");
    assertThat(post("/v1/search", body, "X-Millrace-Principals", "hr").body()).contains("4711");
  }

  @Test
  void bad_searches_are_refused() throws Exception {
    for (String body :
        new String[] {
          "{}",
          "{\"query\":\"  \"}",
          "{\"query\":\"x\",\"limit\":0}",
          "{\"query\":\"x\",\"limit\":201}",
          "{\"query\":\"x\",\"mode\":\"m\"}",
          "{\"query\":\"x\",\"filters\":{\"a\":[1]}}",
          "{\"query\":\"x\",\"group\":\"g\"}"
        }) {
      assertThat(post("/v1/search", body).statusCode()).as(body).isEqualTo(400);
    }
    assertThat(get("/v1/search?q=x&limit=many").statusCode()).isEqualTo(400);
    assertThat(get("/v1/search").statusCode()).isEqualTo(400);
  }

  @Test
  void request_switches_steps_on_and_off() throws Exception {
    String body = "{\"query\":\"replicas\",\"debug\":true,\"retrieval\":{\"steps\":%s}}";
    JsonNode steps =
        json(post("/v1/search", body.formatted("{\"mmr\":true,\"rewrite\":false}")))
            .path("debug")
            .path("retrieval");
    assertThat(steps)
        .extracting(s -> s.path("step").asText())
        .containsExactly("embed", "retrieve", "fuse", "mmr", "assemble");
    assertThat(steps).allMatch(s -> s.path("millis").isNumber());
    var unknown = post("/v1/search", body.formatted("{\"telepathy\":true}"));
    assertThat(unknown.statusCode()).isEqualTo(400);
    assertThat(unknown.body()).contains("no retrieval step 'telepathy'");
    assertThat(post("/v1/search", body.formatted("{\"rerank\":true}")).body())
        .contains("it needs a cross-encoder");
  }

  @Test
  void passage_is_what_a_citation_points_to() throws Exception {
    index.put("docs/a b.html", 12, "A", null, "0123456789");
    JsonNode passage =
        json(get("/v1/documents/docs%2Fa%20b.html/passage?start=2&end=5&revision=12"));
    assertThat(passage.path("text").asText()).isEqualTo("234");
    assertThat(get("/v1/documents/docs/a%20b.html/passage?start=2&end=5").statusCode())
        .isEqualTo(200);
    assertThat(get("/v1/documents/producer/passage?revision=6").statusCode()).isEqualTo(409);
    assertThat(get("/v1/documents/producer/passage?start=-1").statusCode()).isEqualTo(400);
    assertThat(get("/v1/documents/producer/passage?start=99999").statusCode()).isEqualTo(400);
    assertThat(get("/v1/documents/none/passage").statusCode()).isEqualTo(404);
  }

  @Test
  void hidden_document_does_not_exist_for_others() throws Exception {
    assertThat(get("/v1/documents/secret/passage").statusCode()).isEqualTo(404);
    assertThat(get("/v1/documents/secret/passage").body())
        .isEqualTo(get("/v1/documents/secret/passage", "X-Millrace-Principals", "*").body());
    assertThat(get("/v1/documents/secret/passage", "X-Millrace-Principals", "hr").body())
        .contains("4711");
  }

  @Test
  void models_are_listed_and_found() throws Exception {
    JsonNode list = json(get("/v1/models"));
    assertThat(list.path("object").asText()).isEqualTo("list");
    assertThat(list.path("data"))
        .extracting(m -> m.path("id").asText())
        .containsExactly("extractive", "builtin-hashed-v1");
    for (JsonNode model : list.path("data")) {
      assertThat(model.path("object").asText()).isEqualTo("model");
      assertThat(model.path("created").isIntegralNumber()).isTrue();
      assertThat(model.path("owned_by").asText()).isNotBlank();
    }
    assertThat(json(get("/v1/models/extractive")).path("id").asText()).isEqualTo("extractive");
    assertThat(get("/v1/models/gpt-9").statusCode()).isEqualTo(404);
  }

  @Test
  void embeddings_are_the_same_as_floats_and_as_base64() throws Exception {
    String request = "{\"model\":\"builtin-hashed-v1\",\"input\":[\"a text\",\"another\"]%s}";
    JsonNode floats = json(post("/v1/embeddings", request.formatted("")));
    assertThat(floats.path("data")).hasSize(2);
    assertThat(floats.path("data").path(1).path("index").asInt()).isEqualTo(1);
    assertThat(floats.path("usage").path("total_tokens").asInt()).isPositive();
    JsonNode encoded =
        json(post("/v1/embeddings", request.formatted(",\"encoding_format\":\"base64\"")));
    ByteBuffer bytes =
        ByteBuffer.wrap(
                Base64.getDecoder().decode(encoded.path("data").path(0).path("embedding").asText()))
            .order(ByteOrder.LITTLE_ENDIAN);
    JsonNode vector = floats.path("data").path(0).path("embedding");
    assertThat(bytes.remaining()).isEqualTo(4 * vector.size());
    for (JsonNode component : vector) {
      assertThat(bytes.getFloat()).isEqualTo(component.floatValue());
    }
  }

  @Test
  void bad_embedding_requests_are_refused() throws Exception {
    for (String body :
        new String[] {
          "{\"model\":\"builtin-hashed-v1\"}",
          "{\"model\":\"builtin-hashed-v1\",\"input\":[]}",
          "{\"model\":\"builtin-hashed-v1\",\"input\":[1,2]}",
          "{\"model\":\"builtin-hashed-v1\",\"input\":\"x\",\"dimensions\":7}",
          "{\"model\":\"builtin-hashed-v1\",\"input\":\"x\",\"encoding_format\":\"hex\"}"
        }) {
      assertThat(post("/v1/embeddings", body).statusCode()).as(body).isEqualTo(400);
    }
    assertThat(post("/v1/embeddings", "{\"model\":\"m\",\"input\":\"x\"}").statusCode())
        .isEqualTo(404);
  }

  @Test
  void page_and_its_scripts_are_served_and_asked_for_again_after_an_upgrade() throws Exception {
    String page = get("/").body();
    assertThat(get("/").headers().firstValue("Content-Type").orElse("")).startsWith("text/html");
    var addresses =
        java.util.regex.Pattern.compile("(?:src|href)=\"(/[^\"#]+)\"").matcher(page).results();
    for (String address : addresses.map(m -> m.group(1)).toList()) {
      var file = get(address);
      assertThat(file.statusCode()).as(address).isEqualTo(200);
      String caching = file.headers().firstValue("Cache-Control").orElse("");
      assertThat(caching.equals("no-cache")).as(address).isEqualTo(!address.startsWith("/webjars"));
    }
    assertThat(get("/").headers().firstValue("Cache-Control")).contains("no-cache");
  }

  @Test
  void process_without_serving_says_so() throws Exception {
    holder.exclude();
    assertThat(get("/v1/models").statusCode()).isEqualTo(503);
    assertThat(get("/v1/models").body()).contains("serving is not a target of this process");
    assertThat(get("/health").statusCode()).isEqualTo(503);
    assertThat(get("/q/health/ready").statusCode()).isEqualTo(200);
  }
}
