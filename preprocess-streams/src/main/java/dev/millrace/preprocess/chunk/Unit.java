package dev.millrace.preprocess.chunk;

/**
 * The smallest piece that a chunk is made of: a sentence, a list item, a table row, a line of code,
 * or a part of one that is too long.
 *
 * @param start in the cleaned text
 * @param joint how well the text may be cut before it
 * @param prose whether it makes sense as the overlap of the chunk after it
 */
record Unit(int start, int end, int tokens, Joint joint, boolean prose) {

  /** Places to cut, best first. */
  enum Joint {
    BLOCK,
    ITEM,
    SENTENCE,
    WITHIN
  }
}
