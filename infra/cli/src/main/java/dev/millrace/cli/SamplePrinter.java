package dev.millrace.cli;

import dev.millrace.contracts.avro.Message;
import dev.millrace.contracts.avro.Sample;
import dev.millrace.contracts.avro.Score;
import dev.millrace.monitor.samples.Fate;
import dev.millrace.monitor.samples.SampleLog;
import dev.millrace.monitor.samples.SampledGroup;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Groups of samples as a person reads them: a line each, or one in full. */
final class SamplePrinter {

  private static final int PROMPT = 36;
  private static final int ANSWER = 28;

  private final Screen screen;

  SamplePrinter(Screen screen) {
    this.screen = screen;
  }

  void json(SampleLog.Found found) {
    screen.line(SampleJson.of(found).toPrettyString());
  }

  void list(SampleLog.Found found) {
    if (found.groups().isEmpty()) {
      screen.line(found.complete() ? "no samples" : "no samples among the newest groups");
      return;
    }
    var table =
        new Table(
            "task",
            "purpose",
            "answers",
            "mean",
            "best",
            "versions",
            "stale",
            "outcome",
            "prompt",
            "best answer");
    for (SampledGroup group : found.groups()) {
      table.row(
          Printable.of(group.task().getTaskId()),
          group.task().getPurpose().name().toLowerCase(Locale.ROOT),
          group.scored().getGroup().getSamples().size(),
          group.meanReward().isPresent() ? group.meanReward().getAsDouble() : null,
          group.bestReward().isPresent() ? group.bestReward().getAsDouble() : null,
          versions(group),
          group.staleness().isPresent() ? group.staleness().getAsLong() : null,
          outcome(group),
          cut(prompt(group), PROMPT),
          cut(bestAnswer(group), ANSWER));
    }
    table.print(screen);
    if (!found.complete()) {
      screen.line(screen.dim("  the log holds more than was looked through"));
    }
  }

  void show(SampledGroup group) {
    var task = group.task();
    screen.line(screen.bold(Printable.of(task.getTaskId())) + "  " + outcome(group));
    screen.line(
        screen.dim(
            Printable.of(
                "prompt %s, %s, issued by step %d at version %d, reward %s%s"
                    .formatted(
                        task.getPromptId(),
                        task.getPurpose().name().toLowerCase(Locale.ROOT),
                        task.getStep(),
                        task.getVersion(),
                        task.getRewardProfile(),
                        task.getTags().isEmpty()
                            ? ""
                            : ", tags " + String.join(" ", task.getTags())))));
    screen.line(
        screen.dim(
            Printable.of(
                "sampled by %s, scored by %s, scored-samples %d@%d"
                    .formatted(
                        group.scored().getGroup().getWorker(),
                        group.scored().getWorker(),
                        group.partition(),
                        group.offset()))));
    for (Message message : task.getMessages()) {
      screen.line("");
      screen.line(screen.bold(Printable.of(message.getRole())));
      text(message.getContent());
    }
    if (task.getAnswer() != null) {
      screen.line("");
      screen.line(screen.bold("reference"));
      text(task.getAnswer());
    }
    group
        .failure()
        .ifPresent(
            reason -> {
              screen.line("");
              screen.line(screen.bad("failed: " + Printable.of(reason)));
            });
    List<Sample> samples = group.scored().getGroup().getSamples();
    List<Score> scores = group.scored().getScores();
    for (int i = 0; i < samples.size(); i++) {
      answer(group, i, samples.get(i), i < scores.size() ? scores.get(i) : null);
    }
  }

  private void answer(SampledGroup group, int number, Sample sample, Score score) {
    screen.line("");
    screen.line(
        screen.bold("answer " + (number + 1))
            + (score == null ? "" : "  reward " + number(score.getTotal()) + components(score)));
    text(sample.getText());
    String versions =
        sample.getSegments().stream()
            .map(s -> "v%d [%d, %d)".formatted(s.getVersion(), s.getStart(), s.getEnd()))
            .collect(Collectors.joining(" "));
    var staleness = group.staleness(sample);
    screen.line(
        screen.dim(
            "  %d tokens, %s, mean log-probability %s, %s%s"
                .formatted(
                    sample.getTokens().size(),
                    sample.getFinishReason().name().toLowerCase(Locale.ROOT),
                    number(
                        sample.getLogProbs().stream()
                            .mapToDouble(Float::doubleValue)
                            .average()
                            .orElse(0)),
                    versions,
                    staleness.isPresent() ? ", staleness " + staleness.getAsLong() : "")));
  }

  private static String components(Score score) {
    return new TreeMap<>(score.getComponents())
        .entrySet().stream()
            .map(e -> Printable.of(e.getKey()) + " " + number(e.getValue()))
            .collect(Collectors.joining(", ", " (", ")"));
  }

  private void text(String text) {
    text.lines().forEach(line -> screen.line("  " + Printable.of(line)));
    if (text.isEmpty()) {
      screen.line(screen.dim("  (empty)"));
    }
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.3f", value);
  }

  private static String versions(SampledGroup group) {
    return group
        .versions()
        .map(
            v ->
                v.getMin() == v.getMax()
                    ? String.valueOf(v.getMin())
                    : v.getMin() + "-" + v.getMax())
        .orElse("");
  }

  private static String outcome(SampledGroup group) {
    String fate =
        switch (group.fate().orElse(null)) {
          case null -> "unknown";
          case Fate.Open open -> "open";
          case Fate.Ignored ignored -> "ignored";
          case Fate.Resolved resolved ->
              resolved.outcome().name().toLowerCase(Locale.ROOT)
                  + resolved.reason().map(reason -> " " + Printable.of(reason)).orElse("")
                  + " in step "
                  + resolved.step();
        };
    return fate;
  }

  private static String prompt(SampledGroup group) {
    List<Message> messages = group.task().getMessages();
    return messages.isEmpty() ? "" : messages.getLast().getContent();
  }

  private static String bestAnswer(SampledGroup group) {
    List<Score> scores = group.scored().getScores();
    List<Sample> samples = group.scored().getGroup().getSamples();
    int best = -1;
    for (int i = 0; i < Math.min(scores.size(), samples.size()); i++) {
      if (best < 0 || scores.get(i).getTotal() > scores.get(best).getTotal()) {
        best = i;
      }
    }
    return best < 0 ? group.failure().orElse("") : samples.get(best).getText();
  }

  private static String cut(String text, int most) {
    String flat = Printable.of(text.replaceAll("\\s+", " ").strip());
    return flat.length() <= most ? flat : flat.substring(0, most - 1) + "…";
  }
}
