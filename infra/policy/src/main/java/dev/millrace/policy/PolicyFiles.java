package dev.millrace.policy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.millrace.models.checkpoint.ModelDirectory;
import dev.millrace.models.decoder.DecoderConfig;
import dev.millrace.models.decoder.DecoderConfigJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The files that travel with a policy's weights: config.json, those of the tokenizer, the chat
 * template, the generation settings, and how training on pairs made it.
 *
 * @param files contents by plain file name; config.json is always there. Not to be written to.
 */
public record PolicyFiles(Map<String, byte[]> files) {

  /** What is taken from a model directory, where it is there. */
  private static final List<String> NAMES =
      List.of(
          ModelDirectory.CONFIG,
          ModelDirectory.TOKENIZER,
          ModelDirectory.TOKENIZER_CONFIG,
          "special_tokens_map.json",
          "added_tokens.json",
          "chat_template.jinja",
          "vocab.json",
          "merges.txt",
          "vocab.txt",
          "tokenizer.model",
          "generation_config.json",
          "millrace_training.json");

  /** Names come from a log that others write, and become files where a version is exported. */
  private static final Pattern PLAIN_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

  private static final JsonMapper JSON = new JsonMapper();

  public PolicyFiles {
    files = Collections.unmodifiableMap(new TreeMap<>(files));
    for (String name : files.keySet()) {
      if (!PLAIN_NAME.matcher(name).matches()) {
        throw new IllegalArgumentException("'" + name + "' is no plain file name");
      }
    }
    if (!files.containsKey(ModelDirectory.CONFIG)) {
      throw new IllegalArgumentException(
          "a policy needs a config.json, here are only " + files.keySet());
    }
  }

  /** The companions of a model's weights. */
  public static PolicyFiles of(ModelDirectory directory) {
    Map<String, byte[]> found = new TreeMap<>();
    for (String name : NAMES) {
      directory.file(name).ifPresent(file -> found.put(name, read(file)));
    }
    return new PolicyFiles(found);
  }

  private static byte[] read(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be read: " + e.getMessage(), e);
    }
  }

  /**
   * The shape of the model.
   *
   * @throws IllegalArgumentException naming the setting that is missing or not supported
   */
  public DecoderConfig config() {
    try {
      return DecoderConfigJson.parse(json(ModelDirectory.CONFIG));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("config.json of the policy: " + e.getMessage(), e);
    }
  }

  /** A file that need not be there. */
  public Optional<byte[]> file(String name) {
    return Optional.ofNullable(files.get(name));
  }

  /** The tree of a JSON file; a missing node where there is no such file. */
  JsonNode json(String name) {
    byte[] bytes = files.get(name);
    if (bytes == null) {
      return JSON.missingNode();
    }
    try {
      return JSON.readTree(bytes);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          name + " of the policy is not JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes all of them into a directory that exists. */
  void writeTo(Path directory) throws IOException {
    for (var file : files.entrySet()) {
      Files.write(directory.resolve(file.getKey()), file.getValue());
    }
  }
}
