package dev.millrace.learner.machine;

/** A ledger that contradicts itself; the message is one line that names run and entry. */
public final class LedgerException extends RuntimeException {

  private static final long serialVersionUID = 1;

  public LedgerException(String run, long step, String what) {
    super("the ledger of run %s is inconsistent at step %d: %s".formatted(run, step, what));
  }
}
