package dev.millrace.models.generate;

import java.util.List;

/**
 * One token of an answer, as it is written; the fields mean what they mean in {@link
 * GeneratedSequence}.
 *
 * @param token its id
 * @param logProb in the distribution that it was drawn from
 * @param modelLogProb under the model as it is, at temperature 1
 * @param version the version of the weights that wrote it
 * @param top the alternatives that were asked for, most likely first
 */
public record WrittenToken(
    int token,
    float logProb,
    float modelLogProb,
    long version,
    List<GeneratedSequence.Alternative> top) {

  public WrittenToken {
    top = List.copyOf(top);
  }
}
