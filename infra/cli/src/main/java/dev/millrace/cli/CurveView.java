package dev.millrace.cli;

import dev.millrace.monitor.ledger.CurvePoint;
import dev.millrace.monitor.ledger.LedgerCurve;

/** Shows a person how a run learns. One thread at a time. */
interface CurveView extends AutoCloseable {

  /**
   * What is known of a run beforehand.
   *
   * @param steps updates that it is to make
   * @param goal accuracy on held-out prompts at which it stops; 0: none
   */
  record Plan(String run, long steps, double goal) {}

  /** Shows the newest point of a curve. */
  void show(CurvePoint point, LedgerCurve curve);

  /** Says something beside the curve. */
  void note(String text);

  /** Leaves the last state on the screen. */
  @Override
  void close();
}
