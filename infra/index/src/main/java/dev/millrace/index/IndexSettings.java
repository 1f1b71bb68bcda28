package dev.millrace.index;

import dev.millrace.runtime.Settings;
import dev.millrace.runtime.SettingsException;
import java.time.Duration;

/**
 * How indices are created. Existing ones are not changed.
 *
 * @param prefix put before the name of every index, alias and search pipeline
 * @param refresh time after which a written chunk is searchable, at most
 * @param shards of every index, 1 or more
 * @param replicas a number, or a range such as {@code 0-1} that follows the number of nodes
 * @param rankConstant of reciprocal rank fusion, 1 or more
 * @param lexicalWeight of BM25 in the weighted fusion, 0 to 1; the vectors have the rest
 */
public record IndexSettings(
    String prefix,
    Duration refresh,
    int shards,
    String replicas,
    int rankConstant,
    double lexicalWeight) {

  public IndexSettings {
    if (!prefix.matches("([a-z0-9][a-z0-9._-]{0,99})?")) {
      throw new SettingsException(
          "millrace.opensearch.prefix is '"
              + prefix
              + "' but must begin with a small letter or digit and hold those, '.', '_', '-' only");
    }
    if (!replicas.matches("[0-9]{1,3}|[0-9]{1,3}-([0-9]{1,3}|all)")) {
      throw new SettingsException(
          "millrace.opensearch.replicas is '" + replicas + "' but must be a number or such as 0-1");
    }
    if (shards < 1) {
      throw new SettingsException("millrace.opensearch.shards must be 1 or more: " + shards);
    }
  }

  /** The defaults, under a prefix. */
  public static IndexSettings of(String prefix) {
    return new IndexSettings(prefix, Duration.ofMillis(300), 1, "0-1", 60, 0.7);
  }

  /** Reads {@code millrace.opensearch.*}. */
  public static IndexSettings from(Settings settings) {
    return new IndexSettings(
        settings.text("millrace.opensearch.prefix", ""),
        settings.duration("millrace.opensearch.refresh"),
        settings.integer("millrace.opensearch.shards", 1, 1024),
        settings.text("millrace.opensearch.replicas"),
        settings.integer("millrace.opensearch.hybrid.rank-constant", 1, 10_000),
        settings.decimal("millrace.opensearch.hybrid.lexical-weight", 0, 1));
  }

  public IndexNames names() {
    return new IndexNames(prefix);
  }
}
