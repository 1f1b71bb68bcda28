package dev.millrace.runtime.control;

/** Whether a stage may take in something new. Cheap: asked before every poll. */
@FunctionalInterface
public interface Gate {

  /** Of a stage that nobody can pause. */
  Gate OPEN = () -> true;

  boolean isOpen();
}
