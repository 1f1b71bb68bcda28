package dev.millrace.cli;

import dev.millrace.contracts.avro.StepKind;
import dev.millrace.monitor.ledger.CurvePoint;
import dev.millrace.monitor.ledger.LedgerCurve;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.function.Function;

/** A curve that is drawn over in place, on a terminal: one sparkline a quantity. */
final class LiveCurve implements CurveView {

  private static final int WIDTH = 48;
  private static final long REDRAW = Duration.ofMillis(100).toNanos();
  private static final String CLEAR_LINE = "\033[K";

  private final PrintStream out;
  private final Screen screen;
  private final Plan plan;
  private final Sparkline sparkline;
  private int drawn;
  private long drawnAt;
  private CurvePoint last;
  private LedgerCurve curve;
  private String note = "";

  LiveCurve(PrintStream out, Screen screen, Plan plan) {
    this.out = out;
    this.screen = screen;
    this.plan = plan;
    this.sparkline = Sparkline.in(WIDTH, out.charset());
  }

  @Override
  public void show(CurvePoint point, LedgerCurve curve) {
    this.last = point;
    this.curve = curve;
    this.note = "";
    if (System.nanoTime() - drawnAt >= REDRAW) {
      draw();
    }
  }

  @Override
  public void note(String text) {
    note = text;
    draw();
  }

  private void draw() {
    drawnAt = System.nanoTime();
    List<String> lines = lines();
    var text = new StringBuilder();
    if (drawn > 0) {
      text.append("\033[").append(drawn).append('A');
    }
    lines.forEach(line -> text.append(CLEAR_LINE).append(line).append('\n'));
    text.append("\033[J");
    out.print(text);
    out.flush();
    drawn = lines.size();
  }

  private List<String> lines() {
    List<String> lines = new ArrayList<>();
    if (last != null) {
      lines.add(screen.bold(plan.run()) + "  " + state());
      double[] reward = values(CurvePoint::reward);
      double[] staleness = values(CurvePoint::staleness);
      double[] rate = values(CurvePoint::samplesPerSecond);
      String goal = plan.goal() > 0 ? String.format(Locale.ROOT, " of %.3f", plan.goal()) : "";
      lines.add(row("reward", sparkline.of(reward), reward, "%.3f", ""));
      double[] accuracy = values(CurvePoint::accuracy);
      lines.add(row("held-out", sparkline.of(accuracy, 0, 1), accuracy, "%.3f", goal));
      lines.add(row("staleness", fromZero(staleness), staleness, "%.2f", ""));
      lines.add(row("samples/s", fromZero(rate), rate, "%.0f", ""));
    }
    if (!note.isEmpty()) {
      lines.add(screen.dim(note));
    }
    return lines;
  }

  private String state() {
    String time = time(last.seconds());
    String what =
        switch (last.kind()) {
          case START -> "has begun";
          case SFT -> "warm start, %,d updates".formatted(last.update());
          default -> "update %,d of %,d".formatted(updates(), plan.steps());
        };
    return "%s, version %,d, %s".formatted(what, last.version(), time);
  }

  private long updates() {
    return curve.points().stream()
        .filter(point -> point.kind() == StepKind.UPDATE)
        .mapToLong(CurvePoint::update)
        .max()
        .orElse(0);
  }

  private static String time(double seconds) {
    long whole = Math.round(seconds);
    return whole < 60 ? whole + " s" : "%d min %02d s".formatted(whole / 60, whole % 60);
  }

  private double[] values(Function<CurvePoint, OptionalDouble> value) {
    return curve.points().stream()
        .map(value)
        .filter(OptionalDouble::isPresent)
        .mapToDouble(OptionalDouble::getAsDouble)
        .toArray();
  }

  private String fromZero(double[] values) {
    return sparkline.of(values, 0, Arrays.stream(values).max().orElse(0));
  }

  private String row(String name, String line, double[] values, String format, String more) {
    String value =
        values.length == 0 ? "" : String.format(Locale.ROOT, format, values[values.length - 1]);
    return "  %-10s%s  %s%s".formatted(name, line, screen.bold(value), value.isEmpty() ? "" : more);
  }

  @Override
  public void close() {
    if (last != null) {
      draw();
    }
  }
}
