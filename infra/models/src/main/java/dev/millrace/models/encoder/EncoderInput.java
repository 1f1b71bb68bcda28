package dev.millrace.models.encoder;

/**
 * One sequence for an encoder, special tokens included.
 *
 * @param tokens ids
 * @param types 0 for the first text of a pair, 1 for the second; null = all 0
 */
public record EncoderInput(int[] tokens, int[] types) {

  public EncoderInput {
    if (tokens.length == 0) {
      throw new IllegalArgumentException("a sequence is empty");
    }
    if (types != null && types.length != tokens.length) {
      throw new IllegalArgumentException(
          "%d tokens but %d types".formatted(tokens.length, types.length));
    }
  }

  /** A single text. */
  public static EncoderInput of(int[] tokens) {
    return new EncoderInput(tokens, null);
  }
}
