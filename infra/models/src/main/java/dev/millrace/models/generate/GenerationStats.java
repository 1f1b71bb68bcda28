package dev.millrace.models.generate;

/**
 * What an engine is doing.
 *
 * @param running sequences in slots
 * @param waiting requests that wait
 * @param slots sequences that fit
 * @param kvBytes memory reserved for keys and values
 * @param kvTokens positions of it in use
 * @param kvCapacity positions that there are
 * @param steps native calls so far
 * @param promptTokens prompt tokens computed so far
 * @param generatedTokens tokens written so far
 * @param version version of the weights in use
 */
public record GenerationStats(
    int running,
    int waiting,
    int slots,
    long kvBytes,
    long kvTokens,
    long kvCapacity,
    long steps,
    long promptTokens,
    long generatedTokens,
    long version) {}
