package dev.millrace.reward.function;

/** A text that refuses to be read after a moment: what bounds a regular expression's search. */
final class DeadlineText implements CharSequence {

  /** The deadline has passed. */
  static final class Passed extends RuntimeException {
    private static final long serialVersionUID = 1;

    Passed() {
      super("deadline passed", null, false, false);
    }
  }

  private static final int LOOK_EVERY = 1 << 10;

  private final CharSequence text;
  private final long end;
  private int reads;

  /**
   * @param end as {@link System#nanoTime} tells it
   */
  DeadlineText(CharSequence text, long end) {
    this.text = text;
    this.end = end;
  }

  @Override
  public char charAt(int index) {
    if (++reads % LOOK_EVERY == 0
        && (System.nanoTime() - end > 0 || Thread.currentThread().isInterrupted())) {
      throw new Passed();
    }
    return text.charAt(index);
  }

  @Override
  public int length() {
    return text.length();
  }

  @Override
  public CharSequence subSequence(int from, int to) {
    return new DeadlineText(text.subSequence(from, to), end);
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
