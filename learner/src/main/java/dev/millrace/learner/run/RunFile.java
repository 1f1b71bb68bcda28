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

/** The settings of a run in a file: YAML, or JSON with comments when its name ends in .json. */
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
   * Reads and checks a file.
   *
   * @throws SettingsException in one line that names the file, the key and what to do
   */
  public static RunSettings read(Path file) {
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(file);
    } catch (IOException e) {
      throw new SettingsException(
          "run settings cannot be read from %s (%s): is the path right?"
              .formatted(file, e.getClass().getSimpleName()));
    }
    return parse(file.toString(), bytes, file.toString().endsWith(".json") ? JSON : YAML);
  }

  private static RunSettings parse(String origin, byte[] bytes, ObjectMapper mapper) {
    try {
      JsonNode tree = mapper.readTree(bytes);
      if (tree == null || tree.isMissingNode() || tree.isNull()) {
        throw new SettingsException(origin + " is empty: it needs at least run, policy and start");
      }
      return RunSettings.parse(tree);
    } catch (JsonProcessingException e) {
      int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
      throw new SettingsException(
          "%s:%d cannot be read: %s".formatted(origin, line, firstLine(e.getOriginalMessage())));
    } catch (IllegalArgumentException e) {
      throw e instanceof SettingsException known
          ? known
          : new SettingsException(origin + ": " + e.getMessage());
    } catch (IOException e) {
      throw new SettingsException(origin + " cannot be read: " + e.getMessage());
    }
  }

  private static String firstLine(String text) {
    return text.lines().findFirst().orElse("");
  }
}
