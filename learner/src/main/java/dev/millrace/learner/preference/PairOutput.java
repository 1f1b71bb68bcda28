package dev.millrace.learner.preference;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * Where the trained model goes; at least one is given.
 *
 * @param directory a Hugging Face directory, which must not exist yet
 * @param policy whose next version it becomes; DPO only
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record PairOutput(String directory, String policy) {}
