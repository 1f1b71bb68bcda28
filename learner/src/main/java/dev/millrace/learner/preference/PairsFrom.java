package dev.millrace.learner.preference;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/**
 * Where pairs come from: exactly one of the two is given.
 *
 * @param file JSONL with prompt, chosen and rejected
 * @param feedback the feedback topic
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record PairsFrom(String file, FromFeedback feedback) {

  public PairsFrom {
    if (file != null && feedback != null) {
      throw new IllegalArgumentException("file and feedback are both given, give exactly one");
    }
  }

  /** True when nothing was given. */
  boolean missing() {
    return file == null && feedback == null;
  }

  /**
   * What readers thought of answers.
   *
   * @param models whose answers; none: everybody's
   * @param thumbs whether liked and disliked answers to the same prompt make pairs
   */
  public record FromFeedback(List<String> models, Boolean thumbs) {

    public FromFeedback {
      models = models == null ? List.of() : List.copyOf(models);
      thumbs = thumbs == null || thumbs;
    }
  }
}
