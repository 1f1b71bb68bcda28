package dev.millrace.serving.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.models.embedding.EmbeddingModel;
import dev.millrace.serving.Refusal;
import dev.millrace.serving.Serving;
import dev.millrace.serving.chat.Admission;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * {@code POST /v1/embeddings}: vectors of the model that the index uses. {@code input_type}, an
 * extension, is {@code query} or {@code passage} (the default).
 */
@Path("/v1/embeddings")
@RunOnVirtualThread
public class EmbeddingsResource {

  private static final int MOST_INPUTS = 2_048;

  private final FrontDoor door;

  EmbeddingsResource(FrontDoor door) {
    this.door = door;
  }

  @POST
  @Consumes(MediaType.WILDCARD)
  public Response embed(@Context RoutingContext exchange, InputStream body)
      throws InterruptedException {
    door.caller(exchange);
    Serving serving = door.serving();
    EmbeddingModel model = serving.model();
    Fields fields = new Fields(door.json(exchange, body));
    String wanted =
        fields
            .text("model")
            .orElseThrow(() -> Refusal.invalid("model", "'model' is missing: name a model."));
    if (!wanted.equals(model.id())) {
      throw Refusal.unknownModel(wanted, model.id());
    }
    boolean base64 = base64(fields);
    fields.integer("dimensions", model.dimension(), model.dimension());
    EmbeddingModel.Role role = role(fields);
    List<String> inputs = inputs(fields);
    List<float[]> vectors;
    try (Admission.Ticket ticket = serving.admission().enter()) {
      vectors = model.embed(inputs, role);
    }
    int tokens = inputs.stream().mapToInt(model.tokens()::count).sum();
    return Response.ok(Json.write(body(model.id(), vectors, base64, tokens)))
        .type(MediaType.APPLICATION_JSON_TYPE)
        .build();
  }

  private static boolean base64(Fields fields) {
    return switch (fields.text("encoding_format").orElse("float")) {
      case "float" -> false;
      case "base64" -> true;
      default -> throw Refusal.invalid("encoding_format", "'encoding_format' is float or base64.");
    };
  }

  private static EmbeddingModel.Role role(Fields fields) {
    return switch (fields.text("input_type").orElse("passage")) {
      case "passage" -> EmbeddingModel.Role.PASSAGE;
      case "query" -> EmbeddingModel.Role.QUERY;
      default -> throw Refusal.invalid("input_type", "'input_type' is query or passage.");
    };
  }

  private static List<String> inputs(Fields fields) {
    JsonNode input =
        fields.any("input").orElseThrow(() -> Refusal.invalid("input", "'input' is missing."));
    List<String> inputs = new ArrayList<>();
    if (input.isTextual()) {
      inputs.add(input.textValue());
    } else if (input.isArray() && !input.isEmpty() && input.size() <= MOST_INPUTS) {
      input.forEach(
          text -> {
            if (!text.isTextual()) {
              throw Refusal.unsupported(
                  "input", "'input' has to hold strings; token numbers are not understood here.");
            }
            inputs.add(text.textValue());
          });
    } else {
      throw Refusal.invalid(
          "input", "'input' has to be a string or 1 to %d strings.".formatted(MOST_INPUTS));
    }
    if (inputs.stream().anyMatch(String::isEmpty)) {
      throw Refusal.invalid("input", "'input' must not hold an empty string.");
    }
    return inputs;
  }

  private static ObjectNode body(String model, List<float[]> vectors, boolean base64, int tokens) {
    ObjectNode body = Json.object().put("object", "list").put("model", model);
    ArrayNode data = body.putArray("data");
    for (int i = 0; i < vectors.size(); i++) {
      ObjectNode item = data.addObject().put("object", "embedding").put("index", i);
      if (base64) {
        item.put("embedding", encode(vectors.get(i)));
      } else {
        ArrayNode components = item.putArray("embedding");
        for (float component : vectors.get(i)) {
          components.add(component);
        }
      }
    }
    body.putObject("usage").put("prompt_tokens", tokens).put("total_tokens", tokens);
    return body;
  }

  /** Little-endian floats, as OpenAI sends them. */
  static String encode(float[] vector) {
    ByteBuffer bytes =
        ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(vector);
    return Base64.getEncoder().encodeToString(bytes.array());
  }
}
