package dev.millrace.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.millrace.contracts.avro.Prompt;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** How the demo learns to add: a run's settings, its prompts, and what suits such short tasks. */
final class AdditionRecipe {

  /**
   * Settings of workers. Tasks take milliseconds, and two batches are all that is ever open: one
   * lane takes what there is, so that little is spent on each task, and the model computes many at
   * once.
   */
  static final Map<String, String> WORKERS =
      Map.of(
          "millrace.rollout.lanes", "1",
          "millrace.rollout.records", "192",
          "millrace.reward.lanes", "1",
          "millrace.reward.records", "192");

  private AdditionRecipe() {}

  /** Writes the settings of a run. */
  static Path write(Path folder, String run, long seed) {
    try (InputStream in = AdditionRecipe.class.getResourceAsStream("addition.yaml")) {
      String recipe =
          new String(in.readAllBytes(), StandardCharsets.UTF_8)
              .replaceFirst("(?m)^run: .*$", "run: " + run)
              .replaceFirst("(?m)^seed: .*$", "seed: " + seed);
      Files.createDirectories(folder);
      return Files.writeString(folder.resolve(run + ".yaml"), recipe);
    } catch (IOException e) {
      throw new CommandFailure(
          "cannot write the run's settings to " + folder + ": " + e.getMessage(), e);
    }
  }

  /** Writes the prompts as JSON lines. */
  static Path writePrompts(Path folder) {
    try {
      return Files.write(
          folder.resolve("addition.jsonl"),
          AdditionTask.prompts().stream().map(AdditionRecipe::line).toList());
    } catch (IOException e) {
      throw new CommandFailure("cannot write prompts to " + folder + ": " + e.getMessage(), e);
    }
  }

  private static String line(Prompt prompt) {
    try {
      return Api.JSON.writeValueAsString(
          Map.of(
              "id", prompt.getId(),
              "text", prompt.getMessages().getFirst().getContent(),
              "answer", prompt.getAnswer(),
              "tags", prompt.getTags(),
              "held_out", prompt.getHeldOut()));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
