package dev.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.contracts.avro.Prompt;
import dev.millrace.contracts.avro.StepKind;
import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.devstack.ChildJvm;
import dev.millrace.ingest.PromptProducer;
import dev.millrace.monitor.audit.AuditLimits;
import dev.millrace.monitor.audit.AuditProgress;
import dev.millrace.monitor.audit.DeadLetterAudit;
import dev.millrace.monitor.audit.DocumentAudit;
import dev.millrace.monitor.audit.TaskAudit;
import dev.millrace.monitor.ledger.CurvePoint;
import dev.millrace.monitor.ledger.LedgerCurve;
import dev.millrace.monitor.ledger.LedgerTail;
import dev.millrace.runtime.RetriableException;
import dev.millrace.runtime.StageContext;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What the demo shows of the learning half: a small model learns to add, by its own experience,
 * while one can ask it. Every step has a deadline and says whether it held.
 */
final class LearningTour {

  /** Held-out greedy accuracy after the warm start, at most, and at the end, at least. */
  static final double IMPERFECT = 0.5;

  static final double LEARNED = 0.9;

  private static final Duration LONGEST = Duration.ofMinutes(10);
  private static final Duration GOAL = Duration.ofMinutes(5);
  private static final String MODEL = "policy";
  private static final String BARS = "▁▂▃▄▅▆▇█";

  private final StageContext context;
  private final Running running;
  private final Api api;
  private final Screen screen;
  private final Path data;
  private final LearningFigures figures = new LearningFigures();
  private final Map<String, Double> outcome = new LinkedHashMap<>();
  private final StringBuilder bars = new StringBuilder();
  private boolean held = true;
  private OptionalDouble start = OptionalDouble.empty();
  private boolean warm;

  LearningTour(StageContext context, Running running, Api api, Screen screen, Path data) {
    this.context = context;
    this.running = running;
    this.api = api;
    this.screen = screen;
    this.data = data;
  }

  /**
   * Runs it.
   *
   * @param seed of weights, order and samples
   * @return true when every step held
   */
  boolean run(long seed) throws InterruptedException {
    push(AdditionTask.prompts());
    String run =
        "addition-" + LocalDateTime.now().format(DateTimeFormatter.ofPattern("MMdd-HHmmss"));
    screen.heading("A model of 140,992 random weights learns to add: run " + run);
    long began = System.nanoTime();
    ChildJvm learner =
        running.startBeside(
            "learner",
            "learner",
            Map.of(
                "millrace.learner.config", AdditionRecipe.write(data, run, seed).toString(),
                "millrace.learner.snapshots", data.resolve("snapshots").toString()),
            death -> {});
    LedgerCurve curve = follow(run, learner);
    Duration took = Duration.ofNanos(System.nanoTime() - began);
    double last = curve.accuracy().orElse(0);
    outcome.put("learning_s", took.toMillis() / 1000.0);
    outcome.put("accuracy_after_warm_start", start.orElse(Double.NaN));
    outcome.put("accuracy_at_end", last);
    step(
        start.isPresent() && start.getAsDouble() <= IMPERFECT,
        "imperfect after the warm start: %.0f %% of held-out sums right"
            .formatted(100 * start.orElse(0)));
    step(
        last >= LEARNED && took.compareTo(GOAL) <= 0,
        "%.0f %% of held-out sums right after %s".formatted(100 * last, Screen.seconds(took)));
    ask();
    audit(run);
    learner.close();
    return held;
  }

  /** Seconds and accuracies by name. */
  Map<String, Double> outcome() {
    return outcome;
  }

  /** What the run's entries say. */
  LearningFigures figures() {
    return figures;
  }

  private void push(List<Prompt> prompts) {
    screen.heading("Prompts in: sums of two numbers from 0 to 99");
    try (PromptProducer producer = Producers.prompts(context)) {
      prompts.forEach(producer::send);
      producer.flush(Duration.ofSeconds(60));
    }
    long heldOut = prompts.stream().filter(Prompt::getHeldOut).count();
    screen.step(
        String.format(
            Locale.ROOT,
            "sent %,d prompts, %d of them held out: never trained on, not even the other way round",
            prompts.size(),
            heldOut));
  }

  private LedgerCurve follow(String run, ChildJvm learner) throws InterruptedException {
    var curve = new LedgerCurve(512);
    long end = System.nanoTime() + LONGEST.toNanos();
    try (LedgerTail tail = LedgerTail.of(context, run)) {
      while (System.nanoTime() < end) {
        for (TrainingStep entry : poll(tail)) {
          CurvePoint point = curve.add(entry);
          figures.add(entry);
          show(point, asked(entry), curve);
          if (entry.getKind() == StepKind.END) {
            screen.step("the run ended: " + point.detail());
            return curve;
          }
        }
        if (!learner.isAlive()) {
          throw new CommandFailure(
              "the learner ended; the end of its log " + learner.log() + ":\n" + learner.logTail());
        }
      }
    }
    screen.step(screen.bad("the run did not end within " + LONGEST.toMinutes() + " minutes"));
    return curve;
  }

  private static List<TrainingStep> poll(LedgerTail tail) throws InterruptedException {
    try {
      return tail.poll(Duration.ofSeconds(1));
    } catch (RetriableException e) {
      Thread.sleep(500);
      return List.of();
    }
  }

  /** How many held-out prompts an evaluation asked. */
  private static long asked(TrainingStep entry) {
    return Math.round(entry.getMetrics().getOrDefault("eval.prompts", 0.0));
  }

  private void show(CurvePoint point, long asked, LedgerCurve curve) {
    if (point.kind() == StepKind.UPDATE) {
      warm = true;
    }
    if (point.accuracy().isEmpty()) {
      return;
    }
    double accuracy = point.accuracy().getAsDouble();
    if (!warm) {
      start = point.accuracy();
      if (point.update() % 50 != 0 && accuracy < 0.3) {
        return;
      }
      screen.step(
          "warm start, update %4d  held-out %s".formatted(point.update(), bar(accuracy, asked)));
      return;
    }
    Optional<CurvePoint> batch =
        curve.points().reversed().stream().filter(p -> p.kind() == StepKind.UPDATE).findFirst();
    screen.step(
        String.format(
            Locale.ROOT,
            "update %4d  held-out %s  reward %.2f  staleness %.1f  %,5.0f samples/s",
            point.update(),
            bar(accuracy, asked),
            batch.map(CurvePoint::reward).orElse(OptionalDouble.empty()).orElse(0),
            batch.map(CurvePoint::staleness).orElse(OptionalDouble.empty()).orElse(0),
            batch.map(CurvePoint::samplesPerSecond).orElse(OptionalDouble.empty()).orElse(0)));
    if (point.update() % 100 == 0) {
      answer(37, 45);
    }
  }

  private String bar(double accuracy, long asked) {
    int height = (int) Math.min(BARS.length() - 1, accuracy * BARS.length());
    bars.append(BARS.charAt(height));
    String shown = bars.length() <= 24 ? bars.toString() : bars.substring(bars.length() - 24);
    return String.format(Locale.ROOT, "%.3f of %3d %-24s", accuracy, asked, shown);
  }

  /** While it learns: what the chat endpoint says now, and which version says it. */
  private boolean answer(int a, int b) {
    String question = AdditionTask.question(a, b);
    try {
      JsonNode reply = api.post("/v1/chat/completions", Answer.request(MODEL, question));
      String said = reply.at("/choices/0/message/content").asText();
      boolean right = said.strip().equals(String.valueOf(a + b));
      screen.line(
          "           %s %s   %s"
              .formatted(
                  question,
                  right ? screen.good(Screen.harmless(said)) : screen.bad(Screen.harmless(said)),
                  screen.dim(
                      "model policy, "
                          + Screen.harmless(reply.path("system_fingerprint").asText()))));
      return right;
    } catch (Api.ApiFailure e) {
      screen.line("           " + question + " " + screen.bad(e.getMessage()));
      return false;
    }
  }

  private void ask() {
    screen.heading("Ask the policy yourself: millrace ask --model policy \"37+45=\"");
    int right = 0;
    int[][] sums = {{37, 45}, {8, 9}, {99, 99}, {50, 26}, {64, 7}};
    for (int[] sum : sums) {
      right += answer(sum[0], sum[1]) ? 1 : 0;
    }
    step(
        right >= 3,
        "the chat endpoint answers with the newest version, %d of 5 right".formatted(right));
  }

  private void audit(String run) {
    screen.heading("The accounts, from the log alone");
    var audits =
        new Audits(
            Optional.of(
                new TaskAudit(context, Optional.of(run), AuditLimits.DEFAULT)
                    .run(AuditProgress.SILENT)),
            Optional.of(new DocumentAudit(context, AuditLimits.DEFAULT).run(AuditProgress.SILENT)),
            new DeadLetterAudit(context, AuditLimits.DEFAULT).run(AuditProgress.SILENT));
    new AuditPrinter(screen).print(audits);
    step(audits.addUp(), "every document and every task is accounted for");
  }

  private void step(boolean ok, String text) {
    held &= ok;
    screen.step(ok ? screen.good("✓ ") + text : screen.bad("✗ did not hold: ") + text);
  }
}
