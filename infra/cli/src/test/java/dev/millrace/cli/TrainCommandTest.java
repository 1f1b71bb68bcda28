package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contracts.avro.Message;
import dev.millrace.contracts.avro.Prompt;
import dev.millrace.devstack.ServerKind;
import dev.millrace.ingest.PromptProducer;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
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
    command.create(command.context().topics().all());
    try (PromptProducer prompts = Producers.prompts(command.context())) {
      for (int i = 0; i < 40; i++) {
        prompts.send(
            new Prompt(
                "p" + i,
                List.of(new Message("user", i % 10 + "+" + i / 10 + "=")),
                String.valueOf(i % 10 + i / 10),
                "exact",
                List.of(),
                Map.of(),
                i % 4 == 0,
                0L));
      }
      prompts.flush(Duration.ofSeconds(30));
    }
  }

  private static Path config(Path folder, int steps) throws IOException {
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
        evaluation: {every: 2, prompts: 8}
        snapshotEvery: 0
        """
            .formatted(steps));
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
