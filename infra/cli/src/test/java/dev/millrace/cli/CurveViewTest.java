package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contracts.avro.StepKind;
import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.monitor.ledger.LedgerCurve;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CurveViewTest {

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
  private final LedgerCurve curve = new LedgerCurve(100);

  private static TrainingStep entry(long step, StepKind kind, Map<String, Double> metrics) {
    return TrainingStep.newBuilder()
        .setRun("sums")
        .setStep(step)
        .setKind(kind)
        .setVersionBefore(step)
        .setVersionAfter(step + 1)
        .setWeightsSha256("00")
        .setMetrics(metrics)
        .setStartedAt(0)
        .setFinishedAt(step * 1_000)
        .build();
  }

  private void learn(CurveView view) {
    view.show(curve.add(entry(0, StepKind.START, Map.of())), curve);
    for (int update = 1; update <= 25; update++) {
      var metrics =
          Map.of(
              "update",
              (double) update,
              "reward.mean",
              update / 25.0,
              "staleness.mean",
              1.0,
              "samples",
              512.0);
      view.show(curve.add(entry(update, StepKind.UPDATE, metrics)), curve);
    }
    view.show(curve.add(entry(26, StepKind.EVAL, Map.of("eval.greedy", 0.92))), curve);
    var end = entry(27, StepKind.END, Map.of());
    end.setDetail("held-out accuracy 0.920 reached 0.900");
    view.show(curve.add(end), curve);
    view.close();
  }

  private String text() {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void lines_come_every_ten_updates_and_for_what_is_rare() {
    learn(new CurveLines(new Screen(out), 10));

    assertThat(text().lines().map(line -> line.replaceFirst("^ *[0-9.]+ s ", "")))
        .containsExactly(
            "the run has begun, version 1",
            "update 1, version 2, reward 0.040, staleness 1.00, samples/s 512",
            "update 11, version 12, reward 0.440, staleness 1.00, samples/s 512",
            "update 21, version 22, reward 0.840, staleness 1.00, samples/s 512",
            "evaluation, version 27, held-out accuracy 0.920");
  }

  @Test
  void a_live_curve_is_drawn_over_in_place_and_its_last_state_stays() {
    learn(new LiveCurve(out, new Screen(out), new CurveView.Plan("sums", 400, 0.9)));

    String last = text().substring(text().lastIndexOf('A') + 1);
    assertThat(last.replaceAll("\u001b\\[[0-9]*[A-Za-z]", "").lines())
        .satisfiesExactly(
            line -> assertThat(line).isEqualTo("sums  update 25 of 400, version 28, 27 s"),
            line -> assertThat(line).contains("reward", "▁", "█", "1.000"),
            line -> assertThat(line).contains("held-out", "0.920 of 0.900"),
            line -> assertThat(line).contains("staleness", "1.00"),
            line -> assertThat(line).contains("samples/s", "512"));
    assertThat(text()).contains("\u001b[5A");
    assertThat(text().lines().count()).isLessThan(60);
  }
}
