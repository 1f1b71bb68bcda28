package dev.millrace.learner.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.models.decoder.DecoderLayout;
import dev.millrace.runtime.SettingsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RunFileTest {

  private static final String WHOLE =
      """
      # a comment
      run: sums-1
      policy: sums
      seed: 3
      start:
        random:
          alphabet: "0123456789+="
          config: {hidden_size: 64, num_hidden_layers: 3, num_attention_heads: 4,
                   intermediate_size: 176, rms_norm_eps: 1e-6}
      prompts: {tags: [sums]}
      sampling: {maxTokens: 4}
      warmStart: {until: 0.3, sft: {batch: 128, optimizer: {learningRate: 3e-3}}}
      algorithm: {name: dapo, optimizer: {learningRate: 3E-4}}
      evaluation: {every: 10}
      stop: {accuracy: 0.9}
      """;

  @TempDir Path folder;

  private RunSettings read(String text) throws IOException {
    return RunFile.read(Files.writeString(folder.resolve("run.yaml"), text));
  }

  @Test
  void file_is_read_with_defaults_and_the_resolved_tree_reads_back_the_same() throws IOException {
    RunSettings run = read(WHOLE);
    assertThat(run.promptsPerStep()).isEqualTo(64);
    assertThat(run.groupSize()).isEqualTo(8);
    assertThat(run.maxStaleness()).isEqualTo(1);
    assertThat(run.openTasks()).isEqualTo(128);
    assertThat(run.curriculum().skip().any()).isFalse();
    assertThat(run.curriculum().weight(List.of("sums"))).isEqualTo(1);
    assertThat(run.warmStart().any()).isTrue();
    assertThat(run.warmStart().sft().batch()).isEqualTo(128);
    assertThat(run.warmStart().sft().optimizer().learningRate()).isEqualTo(3e-3);
    assertThat(run.algorithm().optimizer().learningRate()).isEqualTo(3e-4);
    assertThat(run.algorithm().name()).isEqualTo("dapo");
    assertThat(run.algorithm().loss().longest()).as("the longest answer").isEqualTo(4);
    assertThat(run.start().random().config().get("rms_norm_eps").isNumber()).isTrue();

    assertThat(RunSettings.parse(run.resolved())).isEqualTo(run);
    Path json = Files.writeString(folder.resolve("run.json"), run.resolved().toPrettyString());
    assertThat(RunFile.read(json)).isEqualTo(run);
  }

  @Test
  void run_without_a_warm_start_has_none() throws IOException {
    assertThat(read(WHOLE.replaceAll("(?m)^warmStart.*\n", "")).warmStart().any()).isFalse();
  }

  @Test
  void an_adapter_has_defaults_and_reads_back_the_same() throws IOException {
    RunSettings run = read(WHOLE + "lora: {rank: 3}\n");

    assertThat(run.lora()).isEqualTo(new LoraSettings(3, 32, DecoderLayout.PROJECTIONS, 0));
    assertThat(RunSettings.parse(run.resolved())).isEqualTo(run);
    assertThat(read(WHOLE).lora()).isNull();
    assertThatThrownBy(() -> read(WHOLE + "lora: {}\npublish: {delta: 2}\n"))
        .hasMessageContaining("publish.delta is 2, but with lora only the adapter is published");
  }

  @ParameterizedTest(name = "{0} -> {1}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          run: sums-1            | run: a/b               | run is 'a/b': a name has letters
          run: sums-1            | rum: x                 | run is not set
          policy: sums           | policy:                | policy is not set
          seed: 3                | seed: three            | seed must be a whole number
          seed: 3                | groupSize: 1           | groupSize must be at least 2, not 1: an answer is judged against the others
          seed: 3                | lora: {rank: 0}        | lora.rank must be from 1 to 65536, not 0
          seed: 3                | lora: {ranks: 4}       | unknown setting lora.ranks
          seed: 3                | lora: {targets: [up]}  | lora.targets must be some of [q_proj
          seed: 3                | lora: {alpha: 0}       | lora.alpha must be above 0, not 0.0
          seed: 3                | lora: {dropout: 1}     | lora.dropout must be from 0 to less than 1, not 1.0
          seed: 3                | publish: {delta: -1}   | publish.delta must be from 0 to 10000, not -1
          seed: 3                | groupsize: 8           | unknown setting groupsize: there are
          seed: 3                | promptsPerStep: 0      | promptsPerStep must be from 1 to 9999, not 0
          seed: 3                | promptsPerStep: 2.5    | promptsPerStep must be a whole number
          seed: 3                | maxStaleness: -1       | maxStaleness must be from 0 to 64, not -1
          seed: 3                | steps: 0               | steps must be from 1
          seed: 3                | taskDeadlineSeconds: 0 | taskDeadlineSeconds must be from 1
          seed: 3                | curriculum: {order: best} | curriculum.order must be one of epochs, arrival, not 'best'
          seed: 3                | curriculum: {weights: {hard: -1}} | curriculum.weights.hard must be 0, or from 0.01 to 100, not -1.0
          seed: 3                | curriculum: {weights: {hard: x}} | curriculum.weights.hard must be a number
          seed: 3                | curriculum: {skip: {solvedFrom: 0}} | curriculum.skip.hopelessTo is 0.0 and solvedFrom is 0.0
          seed: 3                | curriculum: {skip: {solvedFrom: 2}} | curriculum.skip.solvedFrom must be from 0 to 1, not 2
          seed: 3                | curriculum: {skip: {revisit: 0}} | curriculum.skip.revisit must be from 1 to 100000000, not 0
          seed: 3                | publish: {dtype: fp8}  | publish.dtype must be float32 or bfloat16, not 'fp8'
          seed: 3                | publish: {keep: 0}     | publish.keep must be from 1 to 1000000, not 0
          seed: 3                | publish: 3             | publish must be an object
          prompts: {tags: [sums]} | prompts: {tags: sums} | prompts.tags must be
          prompts: {tags: [sums]} | prompts: {atLeast: 0} | prompts.atLeast must be at least 1
          sampling: {maxTokens: 4} | sampling: {topP: 0.9} | unknown setting sampling.topP: there are maxTokens, stop, temperature
          sampling: {maxTokens: 4} | sampling: {temperature: 0} | sampling.temperature must be above 0
          sampling: {maxTokens: 4} | sampling: {maxTokens: 0} | sampling.maxTokens must be from 1
          until: 0.3             | until: 30              | warmStart.until must be from 0 to 1, not 30
          batch: 128             | batch: 0               | warmStart.sft.batch must be at least 1, not 0
          name: dapo             | name: best             | algorithm.name must be one of grpo
          name: dapo             | name: dapo, temperature: 0.5 | algorithm.temperature is 0.5 and sampling.temperature is 1.0
          name: dapo             | name: dapo, clip: 0.2  | unknown setting algorithm.clip
          every: 10              | every: 0               | stop.accuracy is 0.9 but evaluation.every is 0
          every: 10              | every: 10, passAtK: 1  | evaluation.passAtK is 1: give 2 or more
          every: 10              | every: 10, prompts: 5, glance: 6 | evaluation.glance must be from 0 to 5, not 6
          accuracy: 0.9          | accuracy: 90           | stop.accuracy must be from 0 to 1, not 90
          `    alphabet: "0123456789+="` | `    alphabet: ""`   | start.random.alphabet is empty
          hidden_size: 64        | hidden_sise: 64        | start.random.setting 'hidden_size' is missing
          seed: 3                | start: {directory: a, published: {}} | Duplicate field 'start'
          `start:`               | `begin:`               | start is not set: give start.random, start.directory or start.published
          """)
  void wrong_file_is_refused_in_one_line_that_names_file_and_key(
      String from, String to, String message) throws IOException {
    String text = WHOLE.replace(from.strip(), to.strip());
    assertThat(text).isNotEqualTo(WHOLE);
    assertThatThrownBy(() -> read(text))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining(message)
        .hasMessageContaining("run.yaml")
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n", "Exception"));
  }

  @Test
  void missing_empty_and_broken_files_are_named() throws IOException {
    assertThatThrownBy(() -> RunFile.read(folder.resolve("none.yaml")))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("none.yaml (NoSuchFileException): is the path right?");
    assertThatThrownBy(() -> read("")).hasMessageContaining("is empty");
    assertThatThrownBy(() -> read("run: [")).hasMessageMatching(".*run.yaml:\\d+ cannot be read.*");
    assertThatThrownBy(() -> read("run: a\nrun: b")).hasMessageContaining("Duplicate");
    assertThatThrownBy(() -> read("[1, 2]")).hasMessageContaining("must be an object");
  }

  @Test
  void first_difference_of_two_settings_is_named() throws IOException {
    RunSettings ours = read(WHOLE);
    assertThat(SettingsDifference.first(ours, ours)).isEmpty();
    assertThat(SettingsDifference.first(ours, ours.withProfiles(Map.of("exact", true)))).isEmpty();
    assertThat(SettingsDifference.first(ours, read(WHOLE.replace("3E-4", "1e-4"))))
        .hasValue("algorithm.optimizer.learningRate is 3.0E-4, the run began with 1.0E-4");
  }
}
