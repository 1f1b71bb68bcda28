package dev.millrace.ingest.prompt;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.contracts.avro.Message;
import dev.millrace.contracts.avro.Prompt;
import dev.millrace.ingest.DocumentJson.OtherFields;
import dev.millrace.ingest.IngestException;
import dev.millrace.ingest.PromptRules;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * A prompt as JSON: {@code id}, {@code text} or {@code messages} (role and content), {@code
 * answer}, {@code reward_profile}, {@code tags}, {@code metadata} (an object of plain values) and
 * {@code held_out}, or the fields of a data set in their place. One reader for JSON lines and HTTP,
 * so that both mean the same. Safe for any number of threads.
 */
public final class PromptJson {

  private static final ObjectMapper JSON =
      new ObjectMapper(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(64)
                          .maxStringLength(2 * PromptRules.MAX_BYTES)
                          .build())
                  .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private final PromptFields fields;
  private final PromptDefaults defaults;
  private final OtherFields otherFields;
  private final Set<String> known;

  public PromptJson(PromptFields fields, PromptDefaults defaults, OtherFields otherFields) {
    this.fields = fields;
    this.defaults = defaults;
    this.otherFields = otherFields;
    this.known = fields.names();
  }

  /**
   * The prompt that {@code bytes} describe in UTF-8; it keeps all {@link PromptRules}.
   *
   * @param id used where the JSON names none
   * @throws IngestException.Invalid when it is not JSON or not a prompt, saying why
   */
  public Prompt read(byte[] bytes, int offset, int length, Supplier<String> id) {
    JsonNode node;
    try {
      node = JSON.readTree(bytes, offset, length);
    } catch (JsonProcessingException e) {
      throw new IngestException.Invalid("not JSON: " + firstLine(e.getOriginalMessage()));
    } catch (IOException e) {
      throw new IngestException.Invalid("not JSON: " + firstLine(e.getMessage()));
    }
    if (!node.isObject()) {
      throw new IngestException.Invalid("not a JSON object but " + kind(node));
    }
    Prompt prompt = prompt(node, id);
    PromptRules.check(prompt);
    return prompt;
  }

  private Prompt prompt(JsonNode node, Supplier<String> fallbackId) {
    Map<String, String> metadata = new TreeMap<>();
    node.properties().forEach(field -> other(field.getKey(), field.getValue(), metadata));
    metadata(node.get(PromptFields.METADATA), metadata);
    String id = id(node).orElseGet(fallbackId);
    return Prompt.newBuilder()
        .setId(id)
        .setMessages(messages(node))
        .setAnswer(answer(node).orElse(null))
        .setRewardProfile(
            text(node, fields.rewardProfile())
                .or(defaults::rewardProfile)
                .orElseThrow(
                    () ->
                        new IngestException.Invalid(
                            "'%s' is missing: by what shall answers be judged?"
                                .formatted(fields.rewardProfile()))))
        .setTags(tags(node))
        .setMetadata(metadata)
        .setHeldOut(heldOut(node).orElseGet(() -> defaults.heldOut().contains(id)))
        .setSentAt(0)
        .build();
  }

  private void other(String name, JsonNode value, Map<String, String> metadata) {
    if (known.contains(name)) {
      return;
    }
    if (otherFields == OtherFields.REFUSED) {
      throw new IngestException.Invalid(
          "field '%s' is not known; a prompt may have %s"
              .formatted(name, String.join(", ", known)));
    }
    if (!value.isNull() && !name.isBlank()) {
      metadata.put(name, value.isContainerNode() ? value.toString() : value.asText());
    }
  }

  private Optional<String> id(JsonNode node) {
    JsonNode id = node.get(fields.id());
    return id != null && id.isIntegralNumber() ? Optional.of(id.asText()) : text(node, fields.id());
  }

  private List<Message> messages(JsonNode node) {
    Optional<String> text = text(node, fields.text());
    JsonNode turns = node.get(fields.messages());
    boolean hasTurns = turns != null && !turns.isNull();
    if (text.isPresent() == hasTurns) {
      throw new IngestException.Invalid(
          "'%s' and '%s' %s"
              .formatted(
                  fields.text(),
                  fields.messages(),
                  hasTurns ? "exclude each other" : "are both missing: what is the prompt?"));
    }
    List<Message> messages = new ArrayList<>();
    if (text.isPresent()) {
      messages.add(new Message("user", text.get()));
    } else {
      turns(turns, messages);
    }
    boolean hasSystem = messages.stream().anyMatch(m -> m.getRole().equals("system"));
    if (!hasSystem) {
      defaults.system().ifPresent(system -> messages.addFirst(new Message("system", system)));
    }
    return messages;
  }

  private void turns(JsonNode turns, List<Message> into) {
    if (!turns.isArray()) {
      throw new IngestException.Invalid(
          "'%s' must be a list of messages, found %s".formatted(fields.messages(), kind(turns)));
    }
    for (JsonNode turn : turns) {
      if (!turn.path("role").isTextual() || !turn.path("content").isTextual()) {
        throw new IngestException.Invalid(
            "'%s' must hold objects with 'role' and 'content', both strings"
                .formatted(fields.messages()));
      }
      into.add(new Message(turn.get("role").textValue(), turn.get("content").textValue()));
    }
  }

  private Optional<String> answer(JsonNode node) {
    JsonNode value = node.get(fields.answer());
    if (value == null || value.isNull()) {
      return Optional.empty();
    }
    if (value.isContainerNode()) {
      throw new IngestException.Invalid(
          "'%s' must be a plain value, found %s".formatted(fields.answer(), kind(value)));
    }
    String answer = value.asText();
    if (fields.answerAfter().isEmpty()) {
      return Optional.of(answer);
    }
    String mark = fields.answerAfter().get();
    int at = answer.lastIndexOf(mark);
    if (at < 0) {
      throw new IngestException.Invalid("'%s' has no '%s' in it".formatted(fields.answer(), mark));
    }
    return Optional.of(answer.substring(at + mark.length()).strip());
  }

  private List<String> tags(JsonNode node) {
    Set<String> tags = new LinkedHashSet<>(defaults.tags());
    JsonNode value = node.get(fields.tags());
    if (value != null && value.isTextual()) {
      tags.add(value.textValue());
    } else if (value != null && !value.isNull()) {
      if (!value.isArray()) {
        throw new IngestException.Invalid(
            "'%s' must be a list of strings, found %s".formatted(fields.tags(), kind(value)));
      }
      for (JsonNode tag : value) {
        if (!tag.isTextual()) {
          throw new IngestException.Invalid(
              "'%s' must be a list of strings, it holds %s".formatted(fields.tags(), kind(tag)));
        }
        tags.add(tag.textValue());
      }
    }
    return List.copyOf(tags);
  }

  private Optional<Boolean> heldOut(JsonNode node) {
    JsonNode value = node.get(fields.heldOut());
    if (value == null || value.isNull()) {
      return Optional.empty();
    }
    if (!value.isBoolean()) {
      throw new IngestException.Invalid(
          "'%s' must be true or false, found %s".formatted(fields.heldOut(), value));
    }
    return Optional.of(value.booleanValue());
  }

  private static void metadata(JsonNode node, Map<String, String> into) {
    if (node == null || node.isNull()) {
      return;
    }
    if (!node.isObject()) {
      throw new IngestException.Invalid("'metadata' must be an object, found " + kind(node));
    }
    for (var entry : node.properties()) {
      JsonNode value = entry.getValue();
      if (!value.isNull()) {
        into.put(entry.getKey(), value.isContainerNode() ? value.toString() : value.asText());
      }
    }
  }

  private static Optional<String> text(JsonNode node, String name) {
    JsonNode value = node.get(name);
    if (value == null || value.isNull()) {
      return Optional.empty();
    }
    if (!value.isTextual()) {
      throw new IngestException.Invalid(
          "'%s' must be a string, found %s".formatted(name, kind(value)));
    }
    return Optional.of(value.textValue());
  }

  private static String kind(JsonNode node) {
    return node.getNodeType().name().toLowerCase(Locale.ROOT);
  }

  private static String firstLine(String message) {
    return message.lines().findFirst().orElse("unreadable");
  }
}
