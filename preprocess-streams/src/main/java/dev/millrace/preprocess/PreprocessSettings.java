package dev.millrace.preprocess;

import dev.millrace.preprocess.chunk.ChunkSettings;
import dev.millrace.preprocess.clean.CleanSettings;
import dev.millrace.preprocess.parse.ParseLimits;
import dev.millrace.preprocess.topology.StreamSettings;
import dev.millrace.runtime.Settings;
import dev.millrace.runtime.SettingsException;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What {@code millrace.preprocess.*} says.
 *
 * @param parserHeapMiB heap of a parser's process
 * @param maxRecordBytes largest record that is written to the chunks topic
 * @param registryPatience how long a record waits for the registry before its task is rolled back
 */
public record PreprocessSettings(
    ParseLimits limits,
    int parserHeapMiB,
    CleanSettings cleaning,
    ChunkSettings chunking,
    StreamSettings stream,
    int maxRecordBytes,
    Duration registryPatience) {

  private static final String PREFIX = "millrace.preprocess.";
  private static final int MEBIBYTE = 1 << 20;

  /**
   * Reads and checks all of them.
   *
   * @throws SettingsException naming the first that is wrong
   */
  public static PreprocessSettings from(Settings settings) {
    try {
      return new PreprocessSettings(
          limits(settings),
          settings.integer(PREFIX + "parser-heap-mib", 64, 65_536),
          cleaning(settings),
          chunking(settings),
          stream(settings),
          settings.integer(PREFIX + "max-record-bytes", 64 << 10, 1 << 30),
          settings.duration(PREFIX + "registry-patience"));
    } catch (SettingsException e) {
      throw e;
    } catch (IllegalArgumentException e) {
      throw new SettingsException(PREFIX + e.getMessage());
    }
  }

  private static ParseLimits limits(Settings settings) {
    return new ParseLimits(
        settings.integer("millrace.documents.max-bytes", 1, 1 << 30),
        settings.integer(PREFIX + "max-chars", 1, 256 * MEBIBYTE),
        settings.integer(PREFIX + "max-depth", 10, 10_000),
        settings.integer(PREFIX + "max-parts", 1, 100_000),
        settings.duration(PREFIX + "parse-timeout"));
  }

  private static CleanSettings cleaning(Settings settings) {
    return new CleanSettings(
        settings.flag(PREFIX + "redact"),
        settings.text(PREFIX + "phone-region", "ZZ"),
        settings.integer(PREFIX + "min-chars", 1, MEBIBYTE),
        settings.decimal(PREFIX + "max-replacement-ratio", 0, 1),
        settings.decimal(PREFIX + "max-symbol-ratio", 0, 1),
        settings.decimal(PREFIX + "max-repetition", 0, 1),
        settings.list(PREFIX + "languages"),
        settings.list(PREFIX + "allowed-languages"));
  }

  private static ChunkSettings chunking(Settings settings) {
    return new ChunkSettings(
        settings.integer(PREFIX + "chunk-tokens", 8, 100_000),
        settings.integer(PREFIX + "overlap-tokens", 0, 50_000));
  }

  private static StreamSettings stream(Settings settings) {
    return new StreamSettings(
        settings.integer(PREFIX + "threads", 1, 256),
        settings.duration(PREFIX + "commit-interval"),
        settings.duration(PREFIX + "transaction-timeout"),
        settings.duration(PREFIX + "session-timeout"),
        settings
            .optional(PREFIX + "state-dir")
            .orElseGet(
                () ->
                    Path.of(System.getProperty("java.io.tmpdir"), "millrace-streams").toString()));
  }
}
