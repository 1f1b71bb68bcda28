package dev.millrace.learner.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.millrace.runtime.SettingsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;

/** Settings in a file: YAML, or JSON with comments when its name ends in .json. */
public final class RunFile {

  private static final ObjectMapper YAML =
      YAMLMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .build();
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .enable(JsonReadFeature.ALLOW_JAVA_COMMENTS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private RunFile() {}

  /**
   * Reads and checks the settings of a run.
   *
   * @throws SettingsException in one line that names the file, the key and what to do
   */
  public static RunSettings read(Path file) {
    return read(file, "run, policy and start", RunSettings::parse);
  }

  /**
   * Reads and checks settings of any kind.
   *
   * @param needed keys that every such file has, for the message about an empty one
   * @param parse throws IllegalArgumentException naming the key that is wrong
   * @throws SettingsException in one line that names the file, the key and what to do
   */
  public static <T> T read(Path file, String needed, Function<JsonNode, T> parse) {
    try {
      byte[] bytes = Files.readAllBytes(file);
      JsonNode tree = (file.toString().endsWith(".json") ? JSON : YAML).readTree(bytes);
      if (tree == null || tree.isMissingNode() || tree.isNull()) {
        throw new SettingsException(file + " is empty: it needs at least " + needed);
      }
      return parse.apply(tree);
    } catch (JsonProcessingException e) {
      int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
      throw new SettingsException(
          "%s:%d cannot be read: %s".formatted(file, line, firstLine(e.getOriginalMessage())));
    } catch (IllegalArgumentException e) {
      throw e instanceof SettingsException known
          ? known
          : new SettingsException(file + ": " + e.getMessage());
    } catch (IOException e) {
      throw new SettingsException(
          "settings cannot be read from %s (%s): is the path right?"
              .formatted(file, e.getClass().getSimpleName()));
    }
  }

  private static String firstLine(String text) {
    return text.lines().findFirst().orElse("");
  }
}
