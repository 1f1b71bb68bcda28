package dev.millrace.models.generate;

/** A request whose logits overflowed under the weights in force: nothing was sampled from them. */
public final class NonFiniteLogitsException extends IllegalStateException {

  private static final long serialVersionUID = 1;

  NonFiniteLogitsException(String requestId, long version) {
    super(
        "the logits of request %s under version %d are not finite: nothing was sampled from them"
            .formatted(requestId, version));
  }
}
