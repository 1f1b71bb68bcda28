package dev.millrace.embed;

import dev.millrace.index.BulkLimits;
import dev.millrace.runtime.Settings;
import java.util.Optional;

/**
 * How the stage works.
 *
 * @param model choice of the embedding model
 * @param group consumer group, without the topics' prefix and the index's number
 * @param instance name of this process that outlives restarts: a static member of the group
 * @param records of one poll, at most
 * @param chunks embedded and written together, at most, unless one document has more
 * @param texts of one call of the model, at most
 * @param bulk bounds of one request
 */
public record EmbedSettings(
    String model,
    String group,
    Optional<String> instance,
    int records,
    int chunks,
    int texts,
    BulkLimits bulk) {

  /** Reads {@code millrace.embed.*}. */
  public static EmbedSettings from(Settings settings) {
    return new EmbedSettings(
        settings.text("millrace.embed.model"),
        settings.text("millrace.embed.group"),
        settings.optional("millrace.instance"),
        settings.integer("millrace.embed.records", 1, 10_000),
        settings.integer("millrace.embed.chunks", 1, 100_000),
        settings.integer("millrace.embed.texts", 1, 10_000),
        new BulkLimits(
            settings.integer("millrace.embed.bulk.entries", 1, 100_000),
            settings.integer("millrace.embed.bulk.bytes", 1024, 90 << 20)));
  }
}
