package dev.millrace.models.tokenizer;

/**
 * Two texts as one sequence, as cross-encoders read them, special tokens included.
 *
 * @param ids token ids
 * @param typeIds 0 for the first text, 1 for the second (all 0 where the model knows no types)
 */
public record EncodedPair(int[] ids, int[] typeIds) {}
