package dev.millrace.learner.preference;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.millrace.contracts.avro.Message;
import dev.millrace.runtime.SettingsException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Pairs in a JSONL file, as data sets have them: {@code prompt}, {@code chosen} and {@code
 * rejected}, each a text or a list of messages. A list under chosen or rejected ends with the
 * answer; messages before it are the prompt, and then {@code prompt} may be left out.
 */
final class PairLines {

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private PairLines() {}

  /**
   * Reads a file to its end; empty lines are skipped.
   *
   * @throws SettingsException naming file, line and what is wrong
   */
  static void read(Path file, Consumer<TextPair> sink) {
    int number = 0;
    try (BufferedReader lines = Files.newBufferedReader(file)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        number++;
        if (!line.isBlank()) {
          sink.accept(parse(line));
        }
      }
    } catch (IllegalArgumentException e) {
      throw e instanceof SettingsException known
          ? known
          : new SettingsException("%s:%d: %s".formatted(file, number, e.getMessage()));
    } catch (CharacterCodingException e) {
      throw new SettingsException("%s:%d is not UTF-8".formatted(file, number + 1));
    } catch (IOException e) {
      throw new SettingsException(
          "pairs cannot be read from %s (%s): is the path right?"
              .formatted(file, e.getClass().getSimpleName()));
    }
  }

  /**
   * @throws IllegalArgumentException if the line is no pair
   */
  static TextPair parse(String line) {
    JsonNode tree;
    try {
      tree = JSON.readTree(line);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not JSON: " + e.getOriginalMessage(), e);
    }
    Turns chosen = turns(tree, "chosen");
    Turns rejected = turns(tree, "rejected");
    List<Message> before = chosen.before();
    if (!before.equals(rejected.before())) {
      throw new IllegalArgumentException(
          "'chosen' and 'rejected' answer different prompts: the messages before the last differ");
    }
    if (before.isEmpty()) {
      before = prompt(tree.path("prompt"));
    }
    return new TextPair(before, chosen.answer(), rejected.answer());
  }

  /** An answer, and the messages before it where it stands in a conversation. */
  private record Turns(List<Message> before, String answer) {}

  private static Turns turns(JsonNode tree, String name) {
    JsonNode node = tree.path(name);
    if (node.isTextual()) {
      return new Turns(List.of(), node.textValue());
    }
    List<Message> messages = messages(node, name);
    Message last = messages.getLast();
    if (!last.getRole().equals("assistant")) {
      throw new IllegalArgumentException(
          "the last message of '%s' is of the role '%s', not 'assistant'"
              .formatted(name, last.getRole()));
    }
    return new Turns(messages.subList(0, messages.size() - 1), last.getContent());
  }

  private static List<Message> prompt(JsonNode node) {
    return node.isTextual()
        ? List.of(new Message("user", node.textValue()))
        : messages(node, "prompt");
  }

  private static List<Message> messages(JsonNode node, String name) {
    if (!node.isArray() || node.isEmpty()) {
      throw new IllegalArgumentException(
          node.isMissingNode()
              ? "'" + name + "' is missing"
              : "'" + name + "' must be a text or a list of messages with role and content");
    }
    List<Message> messages = new ArrayList<>();
    for (JsonNode message : node) {
      if (!message.path("role").isTextual() || !message.path("content").isTextual()) {
        throw new IllegalArgumentException(
            "'" + name + "' must be a text or a list of messages with role and content");
      }
      messages.add(
          new Message(message.get("role").textValue(), message.get("content").textValue()));
    }
    return messages;
  }
}
