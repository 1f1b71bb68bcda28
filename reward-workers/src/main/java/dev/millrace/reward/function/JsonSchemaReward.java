package dev.millrace.reward.function;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaException;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * 1 when the completion is JSON that a schema (draft 2020-12) allows, {@code partial} (0) when it
 * is JSON that the schema refuses, else 0. Options: {@code schema} (required, an object; references
 * within it only: nothing is fetched); {@code part}; {@code fenced} (true: JSON in a Markdown code
 * fence counts).
 */
record JsonSchemaReward(Schema schema, Part part, boolean fenced, double partial)
    implements UnitReward {

  private static final Pattern FENCE =
      Pattern.compile("\\A\\s*```(?:json)?\\s*\\n(.*)\\n\\s*```\\s*\\z", Pattern.DOTALL);

  static JsonSchemaReward from(Options options) {
    JsonNode schema =
        options
            .object("schema")
            .orElseThrow(() -> new IllegalArgumentException("option 'schema' is missing"));
    refuseForeignReferences(schema);
    double partial = options.amount("partial", java.math.BigDecimal.ZERO).doubleValue();
    if (partial > 1) {
      throw new IllegalArgumentException(
          "option 'partial' is " + partial + " but must be from 0 to 1");
    }
    try {
      return new JsonSchemaReward(
          SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
              .getSchema(schema.toString(), InputFormat.JSON),
          options.choice("part", Part.class, Part.ALL),
          options.flag("fenced", true),
          partial);
    } catch (SchemaException e) {
      throw new IllegalArgumentException("option 'schema' is no JSON schema: " + e.getMessage());
    }
  }

  private static void refuseForeignReferences(JsonNode node) {
    for (var field : node.properties()) {
      if (field.getKey().equals("$ref") && !field.getValue().asText().startsWith("#")) {
        throw new IllegalArgumentException(
            "option 'schema' refers to %s: only references within the schema (#/...) are followed"
                .formatted(field.getValue()));
      }
    }
    node.forEach(JsonSchemaReward::refuseForeignReferences);
  }

  @Override
  public double score(RewardInput input) {
    Optional<String> judged = part.of(input.text()).map(this::unfenced);
    if (judged.isEmpty() || !isJson(judged.get())) {
      return 0;
    }
    return schema.validate(judged.get(), InputFormat.JSON).isEmpty() ? 1 : partial;
  }

  private String unfenced(String text) {
    var matcher = FENCE.matcher(text);
    return fenced && matcher.matches() ? matcher.group(1) : text;
  }

  /** One value and nothing behind it, as strict JSON. */
  private static boolean isJson(String text) {
    return StrictJson.parse(text).isPresent();
  }
}
