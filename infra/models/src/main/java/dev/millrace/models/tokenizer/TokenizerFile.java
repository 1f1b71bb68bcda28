package dev.millrace.models.tokenizer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/** What we read of a tokenizer.json ourselves: vocabulary, special tokens, kind of decoder. */
final class TokenizerFile {

  private static final JsonMapper JSON = new JsonMapper();

  /** An id beyond this is damage; the largest vocabularies have 300,000 tokens. */
  private static final int MAX_ID = 1 << 24;

  private final Path path;
  private final JsonNode root;
  private final Map<String, Integer> ids = new HashMap<>();
  private final String[] tokens;
  private final BitSet special = new BitSet();

  private TokenizerFile(Path path, JsonNode root) {
    this.path = path;
    this.root = root;
    readVocabulary(root.path("model"));
    for (JsonNode added : root.path("added_tokens")) {
      put(added.path("content").asText(), added.path("id"));
      if (added.path("special").asBoolean()) {
        special.set(added.path("id").asInt());
      }
    }
    int size = 1 + ids.values().stream().mapToInt(Integer::intValue).max().orElse(-1);
    tokens = new String[size];
    ids.forEach((token, id) -> tokens[id] = token);
  }

  /**
   * @throws TokenizerException if it is missing, damaged or has no vocabulary
   */
  static TokenizerFile read(Path path) {
    if (!Files.isRegularFile(path)) {
      throw new TokenizerException(path + ": no such file");
    }
    try {
      JsonNode root = JSON.readTree(Files.readAllBytes(path));
      if (!root.isObject()) {
        throw new TokenizerException(path + ": is not a JSON object");
      }
      return new TokenizerFile(path, root);
    } catch (JsonProcessingException e) {
      throw new TokenizerException(path + ": is not JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new TokenizerException(path + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private void readVocabulary(JsonNode model) {
    JsonNode vocab = model.path("vocab");
    if (vocab.isEmpty()) {
      throw new TokenizerException(path + ": has no vocabulary (model.vocab is missing or empty)");
    }
    if (vocab.isObject()) {
      vocab.properties().forEach(entry -> put(entry.getKey(), entry.getValue()));
    } else {
      // Unigram: [[token, score], ...], the id is the position.
      for (int i = 0; i < vocab.size(); i++) {
        ids.put(vocab.get(i).path(0).asText(), i);
      }
    }
  }

  private void put(String token, JsonNode id) {
    if (!id.isInt() || id.asInt() < 0 || id.asInt() > MAX_ID) {
      throw new TokenizerException(
          "%s: token '%s' has the id %s, expected 0 to %d".formatted(path, token, id, MAX_ID));
    }
    ids.put(token, id.asInt());
  }

  Path path() {
    return path;
  }

  JsonNode section(String name) {
    return root.path(name);
  }

  Map<String, Integer> ids() {
    return ids;
  }

  /** Token by id; null where an id is not used. */
  String[] tokens() {
    return tokens;
  }

  BitSet special() {
    return special;
  }

  /**
   * True if the library drops characters that the vocabulary lacks without a word: plain BPE over
   * characters, with nothing to stand for an unknown one.
   */
  boolean dropsUnknownCharacters() {
    JsonNode model = section("model");
    return model.path("type").asText().equals("BPE")
        && isAbsent(model.path("unk_token"))
        && !model.path("byte_fallback").asBoolean()
        && isAbsent(section("normalizer"))
        && isAbsent(section("pre_tokenizer"));
  }

  private static boolean isAbsent(JsonNode node) {
    return node.isMissingNode() || node.isNull();
  }
}
