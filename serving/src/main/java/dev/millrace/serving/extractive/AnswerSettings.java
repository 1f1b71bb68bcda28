package dev.millrace.serving.extractive;

/**
 * How extractive answers are made.
 *
 * @param passages how many are searched for sentences
 * @param sentences most quotes in an answer
 * @param ownCoverage part of the question's weight that a quoted sentence holds itself, 0 to 1
 * @param supportedCoverage the same with its passage, headings and title, 0 to 1: what is below is
 *     no answer
 */
public record AnswerSettings(
    int passages, int sentences, double ownCoverage, double supportedCoverage) {

  public AnswerSettings {
    check("passages", passages, 1, 100);
    check("sentences", sentences, 1, 20);
    check("ownCoverage", ownCoverage, 0, 1);
    check("supportedCoverage", supportedCoverage, 0, 1);
  }

  private static void check(String name, double value, double min, double max) {
    if (!(value >= min && value <= max)) {
      throw new IllegalArgumentException(name + " is " + min + " to " + max + ", not " + value);
    }
  }
}
