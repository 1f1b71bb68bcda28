package dev.millrace.index;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Map;

/**
 * A chunk as it stands in the index. As a search hit, fields that were not asked for are null or 0
 * ({@code vector} should be excluded).
 *
 * @param start and {@code end}: range in the manifest's text, UTF-16 code units, end exclusive
 * @param parentStart and {@code parentEnd}: range of the section
 * @param hash of what was embedded: title, headings and text
 * @param acl never empty, see {@link Acl}
 * @param sentAt and {@code indexedAt}: milliseconds since the epoch
 */
public record ChunkEntry(
    String documentId,
    long revision,
    int ordinal,
    int start,
    int end,
    int parentStart,
    int parentEnd,
    String hash,
    String title,
    List<String> headings,
    String text,
    float[] vector,
    List<String> acl,
    Map<String, String> metadata,
    String uri,
    String language,
    String contentType,
    @JsonProperty("sentAt") long sentAt,
    @JsonProperty("indexedAt") long indexedAt) {}
