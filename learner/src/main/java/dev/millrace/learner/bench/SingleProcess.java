package dev.millrace.learner.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.contracts.avro.Message;
import dev.millrace.contracts.avro.Prompt;
import dev.millrace.learner.curriculum.Curriculum;
import dev.millrace.learner.curriculum.ListedPrompts;
import dev.millrace.learner.curriculum.PromptSource;
import dev.millrace.learner.run.RunFile;
import dev.millrace.learner.run.RunSettings;
import dev.millrace.learner.update.UpdateMetrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A run as one would write it without a log: the same settings, prompts, order, seeds and stopping
 * rules, in one thread of one process. What the whole loop takes is compared with what this takes.
 *
 * <p>Arguments: the run's settings file, a file of JSON lines with {@code id}, {@code text}, {@code
 * answer}, {@code tags} and {@code held_out}, and optionally how many updates old the policy is
 * that samples. The last line of the output is its figures as JSON.
 */
public final class SingleProcess {

  private static final ObjectMapper JSON = new ObjectMapper();

  private SingleProcess() {}

  /** Runs from the command line. */
  public static void main(String[] args) throws IOException {
    RunSettings run = RunFile.read(Path.of(args[0]));
    int stale = args.length > 2 ? Integer.parseInt(args[2]) : 0;
    System.out.println(learn(run, new ListedPrompts(prompts(Path.of(args[1]))), stale));
  }

  private static ObjectNode learn(RunSettings run, PromptSource prompts, int stale) {
    long start = System.nanoTime();
    ObjectNode figures = JSON.createObjectNode();
    try (var loop =
        new PlainRun(
            run, new Curriculum(run, prompts), stale, run.promptsPerStep(), SingleProcess::exact)) {
      double accuracy = 0;
      for (int entry = 0; entry < run.warmStart().entries(); entry++) {
        loop.teach();
        accuracy = run.warmStart().evaluated() ? loop.accuracy() : 0;
        if (run.warmStart().evaluated() && accuracy >= run.warmStart().until()) {
          break;
        }
      }
      figures.put("warm_start_s", since(start)).put("accuracy_after_warm_start", accuracy);
      say("warm start: %.1f s, held-out %.3f", since(start), accuracy);
      loop.beginToLearn();
      long begun = System.nanoTime();
      int reached = 0;
      int update = 0;
      double rewards = 0;
      while (update < run.steps() && (run.stop().accuracy() == 0 || reached < goal(run))) {
        rewards += loop.learn();
        update++;
        if (run.evaluation().every() > 0 && update % run.evaluation().every() == 0) {
          accuracy = loop.accuracy();
          reached = accuracy >= run.stop().accuracy() ? reached + 1 : 0;
          double reward = rewards / run.evaluation().every();
          say(
              "update %4d: %.1f s (%.1f s of CPU), reward %.3f, held-out %.3f",
              update, since(start), cpuSeconds(), reward, accuracy);
          rewards = 0;
        }
      }
      double samples = (double) update * run.promptsPerStep() * run.groupSize();
      return figures
          .put("accuracy_at_end", accuracy)
          .put("updates", update)
          .put("seconds", since(start))
          .put("cpu_s", cpuSeconds())
          .put("samples_per_s", samples / since(begun))
          .put("share_sampling", loop.samplingSeconds() / since(begun))
          .put("share_training", loop.trainingSeconds() / since(begun))
          .put(UpdateMetrics.LOGPROB_GAP, loop.gap());
    }
  }

  private static double exact(String text, String answer) {
    return text.strip().equals(answer) ? 1 : 0;
  }

  private static int goal(RunSettings run) {
    return run.stop().evaluations();
  }

  private static double since(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  private static double cpuSeconds() {
    return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO).toMillis()
        / 1000.0;
  }

  private static void say(String format, Object... args) {
    System.out.println(String.format(Locale.ROOT, format, args));
  }

  private static List<Prompt> prompts(Path file) throws IOException {
    List<Prompt> prompts = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      JsonNode json = JSON.readTree(line);
      List<String> tags = new ArrayList<>();
      json.path("tags").forEach(tag -> tags.add(tag.asText()));
      prompts.add(
          new Prompt(
              json.path("id").asText(),
              List.of(new Message("user", json.path("text").asText())),
              json.path("answer").asText(),
              "exact",
              tags,
              Map.of(),
              json.path("held_out").asBoolean(),
              0L));
    }
    return prompts;
  }
}
