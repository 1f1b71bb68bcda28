package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.contracts.avro.Message;
import dev.millrace.contracts.avro.Prompt;
import dev.millrace.contracts.avro.StepKind;
import dev.millrace.devstack.ServerKind;
import dev.millrace.ingest.PromptProducer;
import dev.millrace.learner.ledger.Ledger;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/** A whole run, small and untaught, through real processes: started, ended, accounted for. */
@WithServers({ServerKind.KAFKA, ServerKind.REGISTRY})
@ResourceLock(Resources.SYSTEM_OUT)
class TrainCommandTest {

  private final CommandRun command;

  TrainCommandTest(Servers servers) {
    command = new CommandRun(servers);
  }

  private void push() {
    push("exact");
  }

  private void push(String profile) {
    command.create(command.context().topics().all());
    try (PromptProducer prompts = Producers.prompts(command.context())) {
      for (int i = 0; i < 40; i++) {
        prompts.send(
            new Prompt(
                "p" + i,
                List.of(new Message("user", i % 10 + "+" + i / 10 + "=")),
                String.valueOf(i % 10 + i / 10),
                profile,
                List.of(),
                Map.of(),
                i % 4 == 0,
                0L));
      }
      prompts.flush(Duration.ofSeconds(30));
    }
  }

  private static Path config(Path folder, int steps) throws IOException {
    return config(folder, steps, "evaluation: {every: 2, prompts: 8}");
  }

  private static Path config(Path folder, int steps, String more) throws IOException {
    return Files.writeString(
        folder.resolve("run-" + steps + ".yaml"),
        """
        run: small
        policy: policy
        seed: 1
        start:
          random:
            alphabet: "0123456789+="
            config:
              architectures: [LlamaForCausalLM]
              hidden_size: 16
              num_hidden_layers: 1
              num_attention_heads: 2
              num_key_value_heads: 2
              intermediate_size: 16
              rms_norm_eps: 1.0e-6
              rope_theta: 100
              max_position_embeddings: 16
              tie_word_embeddings: false
        prompts: {atLeast: 20}
        promptsPerStep: 4
        groupSize: 4
        steps: %d
        sampling: {maxTokens: 3}
        snapshotEvery: 0
        %s
        """
            .formatted(steps, more));
  }

  @Test
  void a_run_is_started_followed_to_its_end_and_accounted_for(@TempDir Path folder)
      throws IOException {
    push();
    command.useData(folder.resolve("data"));

    String out = command.run(0, "train", config(folder, 4).toString(), "--every", "1");

    assertThat(out)
        .contains("starting workers, since there are none: rollout,reward")
        .contains("update 1", "update 4", "held-out accuracy")
        .contains("run small has ended", "all 4 steps are done")
        .contains("It adds up:");
    assertThat(command.run(0, "train", config(folder, 4).toString()))
        .contains("has ended already", "It adds up:");
    command.run(2, "train", config(folder, 5).toString());
    assertThat(command.error()).contains("steps is 5, the run began with 4").hasLineCount(1);
    assertThat(command.run(0, "replay", "--run", "small", "--all"))
        .contains("The same, bit by bit.");
    assertThat(command.run(0, "samples", "--run", "small")).contains("in step");
    Path exported = folder.resolve("exported");
    assertThat(command.run(0, "weights", "export", "newest", exported.toString()))
        .contains("of policy");
    assertThat(command.run(0, "weights", "import", exported.toString(), "--policy", "copy"))
        .contains("is version 1 of copy");
    assertThat(command.run(0, "weights", "list")).contains("copy", "import");
    prefer(folder);
    command.run(2, "rescore", "--profile", "none");
    assertThat(command.error()).contains("reward profile 'none' is not known").hasLineCount(1);
    Path rescored = folder.resolve("rescored.jsonl");
    assertThat(
            command.run(
                0, "rescore", "--run", "small", "--profile", "numeric", "--out", "" + rescored))
        .contains("old mean", "total", "exact", "numeric", "another answer is the best");
    assertThat(Files.readString(rescored)).contains("\"new\":{\"total\":").contains("\"numeric\":");
    assertThat(command.run(1, "rescore", "--run", "other")).contains("no such groups");
    assertThat(command.run(0, "audit", "--run", "small")).contains("It adds up:");
  }

  /** A policy learns from pairs by DPO, from a published version to the next of another. */
  private void prefer(Path folder) throws IOException {
    Path config =
        Files.writeString(
            folder.resolve("dpo.yaml"),
            """
            kind: dpo
            start: {published: {policy: policy}}
            pairs: {file: %s}
            training: {rate: 0.003}
            output: {policy: preferred}
            """
                .formatted(pairs(folder, 200)));
    assertThat(command.run(0, "train-pairs", config.toString(), "--dry-run"))
        .contains("beta: 0.1", "heldOut: 0.1");
    assertThat(command.run(0, "train-pairs", config.toString()))
        .contains("pairs to train on", "held-out pairs ranked right", "version 1 of preferred");
    Path exported = folder.resolve("preferred");
    command.run(0, "weights", "export", "newest", exported.toString(), "--policy", "preferred");
    assertThat(exported.resolve("millrace_training.json")).content().contains("\"dpo\"");
    Files.writeString(config, Files.readString(config).replace("rate: 0.003", "rate: 0"));
    command.run(2, "train-pairs", config.toString());
    assertThat(command.error()).contains("dpo.yaml", "training.rate").hasLineCount(1);
  }

  /** Of two answers, that with more sevens is the better one. */
  private static Path pairs(Path folder, int number) throws IOException {
    var random = new SplittableRandom(3);
    List<String> lines = new ArrayList<>();
    while (lines.size() < number) {
      String[] answers = {answer(random), answer(random)};
      long lead = sevens(answers[0]) - sevens(answers[1]);
      if (lead != 0) {
        lines.add(
            "{\"prompt\": \"%d+%d=\", \"chosen\": \"%s\", \"rejected\": \"%s\"}"
                .formatted(
                    random.nextInt(10),
                    random.nextInt(10),
                    answers[lead > 0 ? 0 : 1],
                    answers[lead > 0 ? 1 : 0]));
      }
    }
    return Files.write(folder.resolve("pairs.jsonl"), lines);
  }

  private static String answer(SplittableRandom random) {
    return random
        .ints(1 + random.nextInt(2), 0, 10)
        .mapToObj(digit -> random.nextInt(3) == 0 ? "7" : "" + digit)
        .collect(Collectors.joining());
  }

  private static long sevens(String text) {
    return text.chars().filter(c -> c == '7').count();
  }

  @Test
  void a_reward_model_that_was_trained_on_pairs_is_what_a_run_learns_against(@TempDir Path folder)
      throws IOException {
    Path model = folder.resolve("model");
    Path settings =
        Files.writeString(
            folder.resolve("reward.yaml"),
            """
            kind: reward-model
            start:
              random:
                alphabet: "0123456789+="
                config: {hidden_size: 32, num_hidden_layers: 1, num_attention_heads: 4,
                         intermediate_size: 48, max_position_embeddings: 16}
            pairs: {file: %s}
            heldOut: 0.2
            training: {epochs: 4, rate: 0.003}
            output: {directory: %s}
            """
                .formatted(pairs(folder, 800), model));
    JsonNode report =
        Api.JSON.readTree(command.run(0, "train-pairs", settings.toString(), "--json"));
    assertThat(report.at("/epochs/3/heldOutAccuracy").asDouble()).isGreaterThan(0.9);

    Path profiles =
        Files.writeString(
            folder.resolve("profiles.json"),
            "{\"liked\": [{\"reward\": \"learned\", \"model\": \"%s\"}, {\"reward\": \"exact\", \"weight\": 0}]}"
                .formatted(model));
    push("liked");
    command.useData(folder.resolve("data"));
    Path run =
        config(folder, 40, "evaluation: {every: 0}\nalgorithm: {optimizer: {learningRate: 0.02}}");
    command.run(
        0,
        "train",
        run.toString(),
        "--every",
        "20",
        "--set",
        "millrace.reward.profiles=" + profiles);

    List<Double> rewards =
        new Ledger(command.context(), Duration.ofSeconds(30))
            .entries("small").stream()
                .filter(entry -> entry.getKind() == StepKind.UPDATE)
                .map(entry -> entry.getMetrics().get("reward.component.learned"))
                .toList();
    assertThat(mean(rewards.subList(35, 40))).isGreaterThan(mean(rewards.subList(0, 5)) + 0.2);
  }

  private static double mean(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
  }

  @Test
  void a_run_that_trains_an_adapter_publishes_and_exports_just_that(@TempDir Path folder)
      throws IOException {
    push();
    command.useData(folder.resolve("data"));
    Path run = config(folder, 2);
    Files.writeString(
        run,
        """
        lora: {rank: 2, alpha: 4, targets: [q_proj, down_proj]}
        warmStart: {entries: 2, updatesPerEntry: 1, until: 0, sft: {batch: 8}}
        """,
        StandardOpenOption.APPEND);

    assertThat(command.run(0, "train", run.toString())).contains("has ended", "It adds up:");

    assertThat(command.run(0, "weights", "list")).contains("whole", "adapter of 1");
    Path adapter = folder.resolve("adapter");
    assertThat(command.run(0, "weights", "export", "3", adapter.toString()))
        .contains("an adapter of version 1");
    assertThat(adapter.resolve("adapter_model.safetensors")).exists();
    Path merged = folder.resolve("merged");
    assertThat(command.run(0, "weights", "export", "3", merged.toString(), "--merged"))
        .contains("merged into version 1");
    assertThat(merged.resolve("model.safetensors")).exists();
    command.run(2, "weights", "export", "1", folder.resolve("x").toString(), "--merged");
    assertThat(command.error()).contains("version 1 is whole: leave --merged out").hasLineCount(1);
    assertThat(command.run(0, "weights", "import", adapter.toString()))
        .contains("of policy", "in F32");
    assertThat(command.run(0, "replay", "--run", "small", "--all"))
        .contains("The same, bit by bit.");
  }
}
