package dev.millrace.learner.curriculum;

import static dev.millrace.learner.curriculum.GrowingLog.prompt;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.millrace.contracts.avro.GroupOutcome;
import dev.millrace.contracts.avro.Prompt;
import dev.millrace.contracts.avro.StepKind;
import dev.millrace.contracts.avro.TaskOutcome;
import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.learner.run.PromptOrder;
import dev.millrace.learner.run.RunSettings;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CurriculumTest {

  private final GrowingLog log = new GrowingLog(2);

  private static RunSettings settings(String more) {
    try {
      return RunSettings.parse(
          new YAMLMapper()
              .readTree(
                  "{run: r, policy: p, start: {directory: d}, seed: 5, groupSize: 4" + more + "}"));
    } catch (IOException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private Curriculum curriculum(String more) {
    return new Curriculum(settings(more), log, Duration.ZERO);
  }

  private void push(int from, int to, String... tags) {
    IntStream.range(from, to).forEach(i -> log.push(prompt("p" + i, false, tags)));
  }

  private static List<String> ids(Collection<Prompt> prompts) {
    return prompts.stream().map(Prompt::getId).toList();
  }

  private static List<String> ids(Curriculum.Taken taken) {
    return ids(taken.prompts());
  }

  /** An entry in which a prompt got so many right answers of four. */
  private static TrainingStep entry(Map<String, Integer> right) {
    List<GroupOutcome> groups = new ArrayList<>();
    right.forEach(
        (prompt, number) ->
            groups.add(
                GroupOutcome.newBuilder()
                    .setTaskId("r/00000001/%04d".formatted(groups.size()))
                    .setOutcome(TaskOutcome.TRAINED)
                    .setPromptId(prompt)
                    .setRight(number)
                    .build()));
    return TrainingStep.newBuilder()
        .setRun("r")
        .setStep(1)
        .setKind(StepKind.UPDATE)
        .setVersionBefore(1)
        .setVersionAfter(2)
        .setWeightsSha256("")
        .setGroups(groups)
        .setStartedAt(0)
        .setFinishedAt(0)
        .build();
  }

  @Test
  void every_epoch_has_every_prompt_once_in_another_order() {
    push(0, 30);
    var curriculum = curriculum("");
    var first = curriculum.take(curriculum.now(), 30, 0);
    var second = curriculum.take(first.after(), 30, 0);
    assertThat(ids(first)).doesNotHaveDuplicates().hasSize(30);
    assertThat(ids(second)).containsExactlyInAnyOrderElementsOf(ids(first));
    assertThat(ids(second)).isNotEqualTo(ids(first));
  }

  @Test
  void resume_from_any_position_neither_skips_nor_repeats() {
    push(0, 17);
    var whole = curriculum("");
    List<String> all = ids(whole.take(whole.now(), 100, 0));
    var random = new SplittableRandom(3);
    List<String> pieces = new ArrayList<>();
    String position = whole.now().json();
    while (pieces.size() < 100) {
      int some = Math.min(1 + random.nextInt(40), 100 - pieces.size());
      // Nothing is left but what the ledger has.
      var taken = curriculum("").take(Position.parse(position), some, 0);
      pieces.addAll(ids(taken));
      position = taken.after().json();
    }
    assertThat(pieces).isEqualTo(all);
  }

  @Test
  void prompts_that_come_during_an_epoch_join_at_the_next() {
    push(0, 10);
    var curriculum = curriculum("");
    var first = curriculum.take(curriculum.now(), 4, 0);
    push(10, 15);
    var rest = curriculum.take(first.after(), 6, 0);
    assertThat(ids(rest)).doesNotContain("p10", "p11", "p12", "p13", "p14");
    var second = curriculum.take(rest.after(), 15, 0);
    assertThat(new HashSet<>(ids(second))).hasSize(15).contains("p10", "p14");
    assertThat(second.after().ends()).isEqualTo(log.ends());
  }

  @Test
  void the_newest_prompt_of_an_id_counts() {
    push(0, 3);
    log.push(prompt("p1", "anew", "yes", "exact", false));
    var curriculum = curriculum("");
    assertThat(curriculum.take(curriculum.now(), 3, 0).prompts())
        .extracting(prompt -> prompt.getMessages().getFirst().getContent())
        .containsExactlyInAnyOrder("text p0", "anew", "text p2");
  }

  @Test
  void unusable_prompts_are_skipped_with_a_reason_and_other_tags_are_not_ours() {
    log.push(prompt("good", false, "t"));
    log.push(prompt("held", true, "t", "u"));
    log.push(prompt("blank", "  ", "y", "exact", false, "t"));
    log.push(prompt("open", "x", null, "length", false, "t"));
    log.push(prompt("unanswered", "x", null, "exact", false, "t"));
    log.push(prompt("unknown", "x", "y", "best", false, "t"));
    log.push(prompt("other", "", null, "best", false, "u"));
    log.push(prompt("never", false, "t", "off"));
    var pool =
        curriculum(
                ", prompts: {tags: [t], profiles: {exact: true, length: false}},"
                    + " curriculum: {weights: {off: 0}}")
            .pool(log.ends());
    assertThat(pool.training().size()).isEqualTo(2);
    assertThat(pool.heldOut().size()).isEqualTo(1);
    assertThat(pool.answered()).hasSize(1);
    assertThat(pool.describe())
        .isEqualTo(
            "2 prompts to train on, 1 held out, skipped {answer-missing=1, no-text=1,"
                + " unknown-reward-profile=1, weight-0=1}");
  }

  @Test
  void evaluation_prompts_are_the_same_few_for_a_seed() {
    IntStream.range(0, 50).forEach(i -> log.push(prompt("h" + i, true)));
    List<String> few = evaluation(1, 8);
    assertThat(few).hasSize(8).doesNotHaveDuplicates().isEqualTo(evaluation(1, 8));
    assertThat(few).isNotEqualTo(evaluation(2, 8));
    assertThat(evaluation(1, 500)).hasSize(50);
  }

  private List<String> evaluation(long seed, int most) {
    RunSettings settings = settings(", evaluation: {prompts: %d}".formatted(most));
    var tree = settings.resolved().put("seed", seed);
    var curriculum = new Curriculum(RunSettings.parse(tree), log);
    return ids(curriculum.evaluation(curriculum.now()));
  }

  @Test
  void warm_start_goes_through_its_examples_in_epochs() {
    push(0, 10);
    String warm = ", warmStart: {sft: {batch: 4}}";
    var curriculum = curriculum(warm);
    List<String> ids = new ArrayList<>();
    for (int update = 0; update < 5; update++) {
      ids.addAll(ids(curriculum.answered(curriculum.now(), update)));
    }
    assertThat(ids.subList(0, 10)).doesNotHaveDuplicates();
    assertThat(ids.subList(10, 20)).doesNotHaveDuplicates();
    assertThat(ids(curriculum(warm).answered(curriculum.now(), 3))).isEqualTo(ids.subList(12, 16));
  }

  @Test
  void weights_say_how_often_prompts_come() {
    push(0, 40, "hard");
    push(40, 80, "easy");
    push(80, 120);
    push(120, 160, "easy", "hard");
    var curriculum = curriculum(", curriculum: {weights: {hard: 2.5, easy: 0.4}}");
    Map<String, Integer> count = new TreeMap<>();
    int epochs = 50;
    Position at = curriculum.now();
    while (at.epoch() < epochs || at.next() == 0) {
      var taken = curriculum.take(at, 7, 0);
      at = taken.after();
      ids(taken).forEach(id -> count.merge(id, 1, Integer::sum));
    }
    // Of each prompt as many as its weight says, up to one; the last take reaches a little further.
    for (int i = 0; i < 160; i++) {
      double weight = i < 40 ? 2.5 : i < 80 ? 0.4 : 1;
      assertThat((double) count.get("p" + i)).isCloseTo(weight * epochs, within(3.0));
    }
    assertThat(count.values().stream().mapToInt(Integer::intValue).sum() / (double) epochs)
        .isCloseTo(40 * (2.5 + 0.4 + 1 + 1), within(1.0));
  }

  @Test
  void a_run_whose_prompts_all_come_seldom_goes_on() {
    push(0, 2, "rare");
    var curriculum = curriculum(", curriculum: {weights: {rare: 0.01}}");
    var taken = curriculum.take(curriculum.now(), 6, 0);
    assertThat(ids(taken)).hasSize(6).contains("p0", "p1");
    assertThat(taken.after().epoch()).isBetween(200L, 400L);
  }

  @Test
  void solved_and_hopeless_prompts_rest_and_come_again() {
    push(0, 20);
    var curriculum =
        curriculum(", curriculum: {skip: {solved: true, hopeless: true, groups: 2, revisit: 10}}");
    Position at = curriculum.now();
    curriculum.add(entry(Map.of("p1", 4, "p2", 0, "p3", 2)), 1);
    curriculum.add(entry(Map.of("p1", 4, "p2", 0, "p3", 2, "p4", 4)), 2);
    var rested = curriculum.take(at, 18, 3);
    assertThat(ids(rested)).doesNotContain("p1", "p2").contains("p3", "p4").hasSize(18);
    assertThat(rested.rested()).isBetween(0, 2);
    assertThat(curriculum.metrics(rested))
        .containsEntry("curriculum.solved", 1.0)
        .containsEntry("curriculum.hopeless", 1.0);
    assertThat(ids(curriculum.take(at, 18, 11))).doesNotContain("p1", "p2");
    assertThat(ids(curriculum.take(at, 20, 12))).contains("p1", "p2");
    // One that is neither any more comes at once; one that is solved again rests again.
    curriculum.add(entry(Map.of("p1", 4, "p2", 1)), 12);
    assertThat(ids(curriculum.take(at, 19, 13))).doesNotContain("p1").contains("p2");
  }

  @Test
  void a_pass_that_lacks_prompts_is_filled_with_those_that_rest_and_repeats_none() {
    push(0, 12);
    var curriculum = curriculum(", curriculum: {skip: {solved: true}}");
    Map<String, Integer> solved = new TreeMap<>();
    IntStream.range(0, 10).forEach(i -> solved.put("p" + i, 4));
    curriculum.add(entry(solved), 1);
    var taken = curriculum.take(curriculum.now(), 6, 1);
    assertThat(ids(taken)).doesNotHaveDuplicates().hasSize(6).contains("p10", "p11");
    assertThat(taken.rested()).isEqualTo(6);
    // With fewer prompts than are asked for, there is no other way.
    assertThat(ids(curriculum.take(taken.after(), 30, 1))).hasSize(30).contains("p0", "p9");
  }

  @Test
  void prompts_come_once_as_they_arrive() {
    push(0, 3);
    var curriculum = curriculum(", curriculum: {order: arrival}");
    Position at = curriculum.now();
    var first = curriculum.take(at, 2, 0);
    assertThat(ids(first)).containsExactly("p0", "p1");
    assertThat(curriculum.supply(first.after(), 5, 0)).isEqualTo(1);
    var second = curriculum.take(first.after(), 5, 0);
    assertThat(ids(second)).containsExactly("p2");
    assertThat(curriculum.supply(second.after(), 5, 0)).isZero();
    log.push(prompt("held", true));
    push(3, 5);
    log.push(prompt("p1", false));
    assertThat(curriculum.supply(second.after(), 5, 0)).isEqualTo(3);
    assertThat(ids(curriculum(", curriculum: {order: arrival}").take(second.after(), 5, 0)))
        .containsExactly("p3", "p4", "p1");
  }

  @Test
  void arriving_prompts_of_more_weight_come_several_times_even_when_cut_off() {
    push(0, 3000, "heavy");
    String settings = ", curriculum: {order: arrival, weights: {heavy: 2.3}}";
    Position at = curriculum(settings).now();
    Map<String, Integer> count = new TreeMap<>();
    var taken = new Curriculum.Taken(List.of(), 0, at);
    var random = new SplittableRandom(1);
    do {
      // A new curriculum every time: the position must say all.
      taken =
          curriculum(settings)
              .take(Position.parse(taken.after().json()), 1 + random.nextInt(900), 0);
      ids(taken).forEach(id -> count.merge(id, 1, Integer::sum));
    } while (!taken.prompts().isEmpty());
    assertThat(count).hasSize(3000);
    assertThat(count.values()).containsOnly(2, 3);
    assertThat(count.values().stream().mapToInt(Integer::intValue).average().orElseThrow())
        .isCloseTo(2.3, within(0.03));
  }

  @ParameterizedTest
  @EnumSource(PromptOrder.class)
  void prompts_held_out_at_the_start_are_never_trained_on_even_if_pushed_anew(PromptOrder order) {
    push(0, 20);
    log.push(prompt("held", true));
    var curriculum = curriculum(", curriculum: {order: %s}".formatted(name(order)));
    var first = curriculum.take(curriculum.now(), 20, 0);
    log.push(prompt("held", false));
    push(20, 25);
    assertThat(ids(curriculum.take(first.after(), 60, 0))).doesNotContain("held").contains("p24");
  }

  private static String name(PromptOrder order) {
    return order.name().toLowerCase(Locale.ROOT);
  }

  @Test
  void seeds_differ_between_tasks_and_evaluations() {
    var seeds = new HashSet<Long>();
    for (int i = 0; i < 1000; i++) {
      seeds.add(Seeds.train(1, i));
      seeds.add(Seeds.train(2, i));
      seeds.add(Seeds.evaluation(1, i));
    }
    assertThat(seeds).hasSize(3000);
  }

  @Test
  void damaged_position_is_refused() {
    assertThatThrownBy(() -> Position.parse("{\"epoch\": -1}"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is no curriculum position");
    assertThatThrownBy(() -> Position.parse(null)).hasMessageContaining("no curriculum position");
  }
}
