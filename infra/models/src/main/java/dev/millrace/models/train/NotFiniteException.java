package dev.millrace.models.train;

/** A loss or a gradient that is NaN or infinite: nothing may be learned from it. */
public final class NotFiniteException extends IllegalStateException {

  private static final long serialVersionUID = 1L;

  NotFiniteException(String message) {
    super(message);
  }
}
