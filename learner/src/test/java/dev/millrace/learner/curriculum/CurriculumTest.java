package dev.millrace.learner.curriculum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.millrace.contracts.avro.Message;
import dev.millrace.contracts.avro.Prompt;
import dev.millrace.learner.run.RunSettings;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CurriculumTest {

  private static RunSettings settings(String more) {
    try {
      return RunSettings.parse(
          new JsonMapper()
              .readTree(
                  "{\"run\": \"r\", \"policy\": \"p\", \"start\": {\"directory\": \"d\"}, \"seed\":"
                      + " 5"
                      + more
                      + "}"));
    } catch (IOException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static Prompt prompt(String id) {
    return prompt(id, "text " + id, "yes", "exact", false, "t");
  }

  private static Prompt prompt(
      String id, String text, String answer, String profile, boolean heldOut, String... tags) {
    return Prompt.newBuilder()
        .setId(id)
        .setMessages(List.of(new Message("user", text)))
        .setAnswer(answer)
        .setRewardProfile(profile)
        .setTags(List.of(tags))
        .setHeldOut(heldOut)
        .setSentAt(1)
        .build();
  }

  /** A log that grows. */
  private static final class Growing implements PromptSource {
    private final List<Prompt> log = new ArrayList<>();

    @Override
    public Map<Integer, Long> ends() {
      return Map.of(0, (long) log.size());
    }

    @Override
    public Collection<Prompt> upTo(Map<Integer, Long> ends) {
      return List.copyOf(log.subList(0, ends.get(0).intValue()));
    }

    private void add(int from, int to) {
      IntStream.range(from, to).forEach(i -> log.add(prompt("p" + i)));
    }
  }

  private static List<String> ids(Collection<Prompt> prompts) {
    return prompts.stream().map(Prompt::getId).toList();
  }

  @Test
  void every_epoch_has_every_prompt_once_in_another_order() {
    var source = new Growing();
    source.add(0, 30);
    var curriculum = new Curriculum(settings(""), source);
    var first = curriculum.take(curriculum.now(), 30);
    var second = curriculum.take(first.after(), 30);
    assertThat(ids(first.prompts())).doesNotHaveDuplicates().hasSize(30);
    assertThat(ids(second.prompts())).containsExactlyInAnyOrderElementsOf(ids(first.prompts()));
    assertThat(ids(second.prompts())).isNotEqualTo(ids(first.prompts()));
  }

  @Test
  void resume_from_any_position_neither_skips_nor_repeats() {
    var source = new Growing();
    source.add(0, 17);
    List<String> whole = ids(take(new Curriculum(settings(""), source), 100));
    var random = new SplittableRandom(3);
    List<String> pieces = new ArrayList<>();
    String position = new Curriculum(settings(""), source).now().json();
    while (pieces.size() < 100) {
      int some = Math.min(1 + random.nextInt(40), 100 - pieces.size());
      // Nothing is left but what the ledger has.
      var taken = new Curriculum(settings(""), source).take(Position.parse(position), some);
      pieces.addAll(ids(taken.prompts()));
      position = taken.after().json();
    }
    assertThat(pieces).isEqualTo(whole);
  }

  private static List<Prompt> take(Curriculum curriculum, int count) {
    return curriculum.take(curriculum.now(), count).prompts();
  }

  @Test
  void prompts_that_come_during_an_epoch_join_at_the_next() {
    var source = new Growing();
    source.add(0, 10);
    var curriculum = new Curriculum(settings(""), source);
    var first = curriculum.take(curriculum.now(), 4);
    source.add(10, 15);
    var rest = curriculum.take(first.after(), 6);
    assertThat(ids(rest.prompts())).doesNotContain("p10", "p11", "p12", "p13", "p14");
    var second = curriculum.take(rest.after(), 15);
    assertThat(new HashSet<>(ids(second.prompts()))).hasSize(15).contains("p10", "p14");
    assertThat(second.after().ends()).containsEntry(0, 15L);
    assertThat(second.after().held()).containsEntry(0, 10L);
  }

  @Test
  void unusable_prompts_are_skipped_with_a_reason_and_other_tags_are_not_ours() {
    RunSettings settings =
        settings(
            ", \"prompts\": {\"tags\": [\"t\"], \"profiles\": {\"exact\": true, \"length\":"
                + " false}}");
    var pool =
        PromptPool.of(
            List.of(
                prompt("good"),
                prompt("held", "x", "y", "exact", true, "t", "u"),
                prompt("blank", "  ", "y", "exact", false, "t"),
                prompt("open", "x", null, "length", false, "t"),
                prompt("unanswered", "x", null, "exact", false, "t"),
                prompt("unknown", "x", "y", "best", false, "t"),
                prompt("other", "", null, "best", false, "u")),
            settings.prompts());
    assertThat(ids(pool.training())).containsExactly("good", "open");
    assertThat(ids(pool.heldOut())).containsExactly("held");
    assertThat(ids(pool.answered())).containsExactly("good");
    assertThat(pool.skipped())
        .isEqualTo(Map.of("no-text", 1, "answer-missing", 1, "unknown-reward-profile", 1));
    assertThat(pool.describe())
        .isEqualTo(
            "2 prompts to train on, 1 held out, skipped {answer-missing=1, no-text=1,"
                + " unknown-reward-profile=1}");
  }

  @Test
  void evaluation_prompts_are_the_same_few_for_a_seed() {
    List<Prompt> many =
        IntStream.range(0, 50)
            .mapToObj(i -> prompt("h" + i, "x", "y", "exact", true, "t"))
            .toList();
    var pool = PromptPool.of(many, settings("").prompts());
    assertThat(ids(pool.evaluation(1, 8))).hasSize(8).isEqualTo(ids(pool.evaluation(1, 8)));
    assertThat(ids(pool.evaluation(1, 8))).isNotEqualTo(ids(pool.evaluation(2, 8)));
    assertThat(pool.evaluation(1, 500)).hasSize(50);
  }

  @Test
  void warm_start_goes_through_its_examples_in_epochs() {
    var source = new Growing();
    source.add(0, 10);
    RunSettings settings = settings(", \"warmStart\": {\"sft\": {\"batch\": 4}}");
    var curriculum = new Curriculum(settings, source);
    List<String> ids = new ArrayList<>();
    for (int update = 0; update < 5; update++) {
      ids.addAll(ids(curriculum.answered(curriculum.now(), update)));
    }
    assertThat(ids.subList(0, 10)).doesNotHaveDuplicates();
    assertThat(ids.subList(10, 20)).doesNotHaveDuplicates();
    assertThat(ids(new Curriculum(settings, source).answered(curriculum.now(), 3)))
        .isEqualTo(ids.subList(12, 16));
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
