package dev.millrace.models.tokenizer;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A tokenizer made here, not yet written: contents of tokenizer.json and tokenizer_config.json.
 *
 * @param tokenizer contents of tokenizer.json
 * @param config contents of tokenizer_config.json
 */
public record TokenizerDefinition(ObjectNode tokenizer, ObjectNode config) {

  private static final JsonMapper JSON = new JsonMapper();

  /** Says what a token is for, for example {@code eos_token} or {@code pad_token}. */
  public TokenizerDefinition withRole(String role, String token) {
    if (!tokenizer.path("model").path("vocab").has(token)) {
      throw new IllegalArgumentException("the vocabulary has no token '" + token + "' for " + role);
    }
    ObjectNode changed = config.deepCopy();
    changed.put(role, token);
    return new TokenizerDefinition(tokenizer, changed);
  }

  /** Adds a chat template (Jinja source). */
  public TokenizerDefinition withChatTemplate(String template) {
    ObjectNode changed = config.deepCopy();
    changed.put("chat_template", template);
    return new TokenizerDefinition(tokenizer, changed);
  }

  /** Number of tokens. */
  public int size() {
    return tokenizer.path("model").path("vocab").size();
  }

  /**
   * Writes both files into a directory, which is made if needed. Equal definitions, equal bytes.
   */
  public void write(Path directory) {
    try {
      Files.createDirectories(directory);
      Files.write(
          directory.resolve("tokenizer.json"),
          JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(tokenizer));
      Files.write(
          directory.resolve("tokenizer_config.json"),
          JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(config));
    } catch (IOException e) {
      throw new UncheckedIOException(directory + ": cannot be written: " + e.getMessage(), e);
    }
  }

  /** A BPE model whose ids are the positions in {@code vocabulary}; {@code special} come first. */
  static TokenizerDefinition bpe(
      List<String> vocabulary,
      List<String> merges,
      List<String> special,
      ObjectNode preTokenizer,
      ObjectNode decoder) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("version", "1.0").putNull("truncation").putNull("padding");
    ArrayNode added = root.putArray("added_tokens");
    for (int i = 0; i < special.size(); i++) {
      added
          .addObject()
          .put("id", i)
          .put("content", special.get(i))
          .put("single_word", false)
          .put("lstrip", false)
          .put("rstrip", false)
          .put("normalized", false)
          .put("special", true);
    }
    root.putNull("normalizer");
    root.set("pre_tokenizer", preTokenizer);
    root.putNull("post_processor");
    root.set("decoder", decoder);
    ObjectNode model = root.putObject("model");
    model.put("type", "BPE").putNull("dropout").putNull("unk_token");
    model.putNull("continuing_subword_prefix").putNull("end_of_word_suffix");
    model.put("fuse_unk", false).put("byte_fallback", false).put("ignore_merges", false);
    ObjectNode vocab = model.putObject("vocab");
    for (int i = 0; i < vocabulary.size(); i++) {
      vocab.put(vocabulary.get(i), i);
    }
    merges.forEach(model.putArray("merges")::add);
    ObjectNode config = JsonNodeFactory.instance.objectNode();
    config.put("tokenizer_class", "PreTrainedTokenizerFast");
    config.put("clean_up_tokenization_spaces", false);
    return new TokenizerDefinition(root, config);
  }
}
