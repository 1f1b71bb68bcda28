package dev.millrace.learner.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.millrace.contracts.avro.Message;
import dev.millrace.contracts.avro.Prompt;
import dev.millrace.learner.bench.PlainRun.Step;
import dev.millrace.learner.curriculum.Curriculum;
import dev.millrace.learner.curriculum.ListedPrompts;
import dev.millrace.learner.engine.BatchMetrics;
import dev.millrace.learner.run.RunSettings;
import dev.millrace.learner.update.UpdateMetrics;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run on sums of two digits, which a few steps change; the whole task is a benchmark. */
class PlainRunTest {

  private static final String RECIPE =
      """
      run: sums
      policy: sums
      seed: 6
      start:
        random:
          alphabet: "0123456789+="
          initialisation: scaled
          config: {hidden_size: 64, num_hidden_layers: 3, num_attention_heads: 4,
                   num_key_value_heads: 2, intermediate_size: 176, rope_theta: 100,
                   max_position_embeddings: 16}
      promptsPerStep: 32
      groupSize: 8
      sampling: {maxTokens: 4}
      warmStart:
        entries: 4
        until: 0
        sft: {batch: 128, optimizer: {learningRate: 0.003, warmup: 30}}
      algorithm:
        name: grpo
        advantage: {eps: 1.0e-4}
        loss: {clipHigh: 0.28, aggregation: token-mean}
        batches: {rows: 96}
        optimizer: {learningRate: 0.001, warmup: 5}
      """;

  @TempDir static Path start;

  private static List<Prompt> prompts() {
    List<Prompt> prompts = new ArrayList<>();
    for (int a = 0; a < 10; a++) {
      for (int b = 0; b < 10; b++) {
        prompts.add(
            new Prompt(
                a + "+" + b,
                List.of(new Message("user", a + "+" + b + "=")),
                String.valueOf(a + b),
                "exact",
                List.of(),
                Map.of(),
                (a + b) % 10 == 3,
                0L));
      }
    }
    return prompts;
  }

  private static PlainRun run(ObjectNode settings, int age) {
    return run(settings, age, SingleProcess::exact);
  }

  private static PlainRun run(
      ObjectNode settings, int age, BiFunction<String, String, Map<String, Double>> reward) {
    RunSettings run = RunSettings.parse(settings);
    return new PlainRun(
        run, new Curriculum(run, new ListedPrompts(prompts())), age, run.promptsPerStep(), reward);
  }

  private static ObjectNode yaml(String text) {
    try {
      JsonNode tree = new YAMLMapper().readTree(text);
      return (ObjectNode) tree;
    } catch (IOException e) {
      throw new IllegalArgumentException(e);
    }
  }

  @BeforeAll
  static void warm_up_once() {
    try (PlainRun run = run(yaml(RECIPE), 0)) {
      run.warmUp();
      run.save(start);
    }
  }

  /** A run that begins with what was warmed up. */
  private static PlainRun warm(String algorithm, int age) {
    ObjectNode settings = yaml(RECIPE);
    settings.putObject("start").put("directory", start.toString());
    yaml(algorithm)
        .properties()
        .forEach(
            part ->
                ((ObjectNode) settings.path("algorithm").withObject("/" + part.getKey()))
                    .setAll((ObjectNode) part.getValue()));
    PlainRun run = run(settings, age);
    run.beginToLearn();
    return run;
  }

  private static double reward(PlainRun run, int steps) {
    double sum = 0;
    for (int i = 0; i < steps; i++) {
      sum += run.learn().reward();
    }
    return sum / steps;
  }

  @Test
  void sampler_and_learner_agree_and_rewards_rise() {
    try (PlainRun run = warm("{}", 0)) {
      Step first = run.learn();
      assertThat(first.samples()).isEqualTo(32 * 8);
      assertThat(first.report().orElseThrow().get(UpdateMetrics.LOGPROB_GAP)).isLessThan(1e-6);
      double before = reward(run, 3);
      assertThat(before).isBetween(0.1, 0.6);
      reward(run, 20);
      assertThat(reward(run, 3)).isGreaterThan(before + 0.1);
    }
  }

  @Test
  void with_negated_advantages_what_was_learned_is_lost_within_30_steps() {
    try (PlainRun run = warm("advantage: {scale: -1}", 0)) {
      assertThat(reward(run, 2)).isGreaterThan(0.1);
      reward(run, 23);
      assertThat(reward(run, 5)).isLessThan(0.01);
    }
  }

  @Test
  void without_the_warm_start_nothing_is_learned() {
    try (PlainRun run = run(yaml(RECIPE), 0)) {
      run.beginToLearn();
      assertThat(reward(run, 15)).isLessThan(0.03);
      assertThat(reward(run, 5)).isLessThan(0.03);
    }
  }

  @Test
  void four_steps_stale_it_collapses_without_the_ratio_and_climbs_with_it() {
    double before;
    try (PlainRun run = warm("offPolicy: {ratio: none}", 4)) {
      before = reward(run, 5);
      reward(run, 20);
      assertThat(reward(run, 5)).isLessThan(before / 2);
    }
    try (PlainRun run = warm("{}", 4)) {
      reward(run, 40);
      assertThat(reward(run, 5)).isGreaterThan(before + 0.1);
    }
  }

  @Test
  void samples_of_an_older_version_are_seen_as_such() {
    try (PlainRun run = warm("{}", 2)) {
      reward(run, 3);
      var report = run.learn().report().orElseThrow();
      assertThat(report.metrics()).doesNotContainKey(UpdateMetrics.LOGPROB_GAP);
      assertThat(report.get(UpdateMetrics.LOGPROB_GAP_ALL)).isGreaterThan(1e-3);
      assertThat(report.get(UpdateMetrics.KL_BEHAVIOUR)).isGreaterThan(0);
    }
  }

  @Test
  void the_same_seed_gives_the_same_weights() {
    String[] hashes = new String[2];
    for (int run = 0; run < 2; run++) {
      try (PlainRun loop = warm("{}", 0)) {
        reward(loop, 3);
        hashes[run] = loop.weightsSha256();
      }
    }
    assertThat(hashes[1]).isEqualTo(hashes[0]);
  }

  @Test
  void dynamic_sampling_asks_for_more_than_a_batch_until_it_is_full() {
    ObjectNode settings = yaml(RECIPE.replace("name: grpo", "name: dapo"));
    settings.putObject("start").put("directory", start.toString());
    try (PlainRun run = run(settings, 0)) {
      run.beginToLearn();
      Step step = run.learn();
      assertThat(step.samples()).isGreaterThan(32 * 8);
      assertThat(step.report().orElseThrow().get(UpdateMetrics.ROWS)).isEqualTo(32 * 8);
    }
  }

  /**
   * A reward that can be had without doing the task: a bonus for length. What the ledger says of
   * each batch shows it, since components and lengths stand beside the sum.
   */
  @Test
  void where_length_pays_reward_and_length_rise_while_right_answers_get_rare() {
    ObjectNode settings = yaml(RECIPE);
    settings.putObject("start").put("directory", start.toString());
    try (PlainRun run =
        run(
            settings,
            0,
            (text, answer) ->
                Map.of(
                    "exact",
                    SingleProcess.exact(text, answer).get("exact"),
                    "length",
                    1.0 * text.length()))) {
      run.beginToLearn();
      Map<String, Double> first = BatchMetrics.of(run.learn().groups());
      reward(run, 24);
      Map<String, Double> last = BatchMetrics.of(run.learn().groups());
      assertThat(first.get("reward.component.exact")).isGreaterThan(0.15);
      assertThat(last.get("reward.mean")).isGreaterThan(first.get("reward.mean") + 0.5);
      assertThat(last.get("length.mean")).isGreaterThan(first.get("length.mean") + 0.5);
      assertThat(last.get("reward.component.exact"))
          .isLessThan(first.get("reward.component.exact") / 2);
    }
  }
}
