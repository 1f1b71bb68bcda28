package dev.millrace.preprocess.chunk;

import java.util.List;

/**
 * A piece of a cleaned text that is embedded and found as one.
 *
 * @param start {@code text.substring(start, end)} is the chunk
 * @param headings heading path, outermost first
 * @param parentStart range of its section in the same text
 * @param tokens of the chunk, overlap included
 * @param hash see {@link ChunkHash}
 */
public record TextChunk(
    int start,
    int end,
    List<String> headings,
    int parentStart,
    int parentEnd,
    int tokens,
    String hash) {

  public TextChunk {
    headings = List.copyOf(headings);
  }
}
