package dev.millrace.rollout;

import dev.millrace.models.generate.GeneratedSequence;
import java.util.List;

/**
 * The completions of a task as the engine wrote them.
 *
 * @param prompt the tokens that they continue
 * @param sequences in the order of the copies
 * @param texts of the sequences, special tokens left out
 */
record SampledGroup(
    int[] prompt, List<GeneratedSequence> sequences, List<String> texts, GroupTimes times) {}
