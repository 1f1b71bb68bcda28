package dev.millrace.cli;

import dev.millrace.contracts.avro.StepKind;
import dev.millrace.monitor.ledger.CurvePoint;
import dev.millrace.monitor.ledger.LedgerCurve;
import java.util.Locale;
import java.util.OptionalDouble;

/** A curve as lines, for logs and pipes: every so many updates, and whatever is rare. */
final class CurveLines implements CurveView {

  private final Screen screen;
  private final long every;
  private StepKind kind;
  private long shown;

  /**
   * @param every updates from one line to the next
   */
  CurveLines(Screen screen, long every) {
    this.screen = screen;
    this.every = every;
  }

  @Override
  public void show(CurvePoint point, LedgerCurve curve) {
    if (point.kind() == StepKind.END) {
      return; // whoever follows the run tells of its end
    }
    boolean regular = point.kind() == StepKind.UPDATE || point.kind() == StepKind.SFT;
    if (regular && point.kind() == kind && point.update() < shown + every) {
      return;
    }
    if (regular) {
      kind = point.kind();
      shown = point.update();
    }
    screen.step(line(point));
  }

  /** {@code update 40, version 41, reward 0.713, staleness 0.98, samples/s 612}. */
  static String line(CurvePoint point) {
    var line = new StringBuilder();
    switch (point.kind()) {
      case START -> line.append("the run has begun");
      case SFT -> line.append("warm start, ").append(point.update()).append(" updates");
      case UPDATE -> line.append("update ").append(point.update());
      case EVAL -> line.append("evaluation");
      case REFUSED -> line.append("an update was refused");
      case END -> line.append("end");
    }
    line.append(", version ").append(point.version());
    add(line, "reward", "%.3f", point.reward());
    add(line, "held-out accuracy", "%.3f", point.accuracy());
    add(line, "staleness", "%.2f", point.staleness());
    add(line, "samples/s", "%.0f", point.samplesPerSecond());
    if (!point.detail().isEmpty()) {
      line.append(": ").append(Printable.of(point.detail()));
    }
    return line.toString();
  }

  private static void add(StringBuilder line, String name, String format, OptionalDouble value) {
    if (value.isPresent()) {
      line.append(", ").append(name).append(' ');
      line.append(String.format(Locale.ROOT, format, value.getAsDouble()));
    }
  }

  @Override
  public void note(String text) {
    screen.step(text);
  }

  @Override
  public void close() {
    // every line stands already
  }
}
