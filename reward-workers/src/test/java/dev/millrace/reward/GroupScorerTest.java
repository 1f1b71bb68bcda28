package dev.millrace.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import dev.millrace.contracts.avro.SampleGroup;
import dev.millrace.reward.function.RewardException;
import dev.millrace.reward.function.RewardFunction;
import dev.millrace.reward.function.RewardInput;
import dev.millrace.reward.function.RewardRegistry;
import dev.millrace.reward.profile.RewardProfile;
import dev.millrace.reward.profile.RewardProfile.Component;
import dev.millrace.reward.profile.RewardProfiles;
import dev.millrace.runtime.SettingsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GroupScorerTest {

  private final RewardProfiles profiles =
      RewardProfiles.load(RewardRegistry.load(), Optional.empty());
  private final GroupScorer scorer = new GroupScorer(profiles);

  static RewardProfile profile(String name, ToDoubleFunction<RewardInput> score) {
    RewardFunction function =
        new RewardFunction() {
          @Override
          public double min() {
            return 0;
          }

          @Override
          public double max() {
            return 1;
          }

          @Override
          public boolean needsAnswer() {
            return false;
          }

          @Override
          public double score(RewardInput input) {
            return score.applyAsDouble(input);
          }
        };
    return new RewardProfile(name, List.of(new Component(name, function, 1)));
  }

  @Test
  void every_component_is_kept_by_name_and_unweighted() {
    var scores =
        scorer.score(
            Groups.of(
                "t",
                "think-numeric",
                "82",
                "<think>37+45</think><answer>82</answer>",
                "<answer>82</answer>",
                "<think>no</think><answer>83</answer>",
                ""));
    assertThat(scores).extracting(s -> s.getTotal()).containsExactly(1.2, 1.0, 0.2, 0.0);
    assertThat(scores.getFirst().getComponents())
        .containsOnly(entry("numeric", 1.0), entry("format", 1.0));
    assertThat(scores.get(2).getComponents())
        .containsOnly(entry("numeric", 0.0), entry("format", 1.0));
  }

  @Test
  void group_of_one_and_empty_completion_are_scored() {
    assertThat(scorer.score(Groups.of("t", "exact", "82", "")))
        .extracting(s -> s.getTotal())
        .containsExactly(0.0);
  }

  @Test
  void what_cannot_be_scored_has_a_reason() {
    assertReason(Groups.of("t", "nope", "82", "82"), "unknown-reward-profile");
    assertReason(Groups.of("t", "numeric", null, "82"), "answer-missing");
    assertReason(Groups.of("t", "numeric", " ", "82"), "answer-missing");
    assertReason(Groups.of("t", "numeric", "many", "82"), "answer-not-numeric");
    assertReason(Groups.of("t", "numeric", "82"), "no-samples");
    assertReason(Groups.failed("t", "prompt-too-long"), "prompt-too-long");
  }

  @Test
  void reward_that_throws_or_leaves_its_range_fails_the_group() {
    var bad =
        new GroupScorer(
            new RewardProfiles(
                List.of(
                    profile("throws", i -> Integer.parseInt(i.text())),
                    profile("recurses", GroupScorerTest::endless),
                    profile("nan", i -> Double.NaN),
                    profile("large", i -> 1.5))));
    assertReason(bad, Groups.of("t", "throws", null, "x"), "reward-failed");
    assertReason(bad, Groups.of("t", "recurses", null, "x"), "reward-failed");
    assertReason(bad, Groups.of("t", "nan", null, "x"), "reward-out-of-range");
    assertReason(bad, Groups.of("t", "large", null, "x"), "reward-out-of-range");
  }

  private static double endless(RewardInput input) {
    return endless(input) + 1;
  }

  private void assertReason(SampleGroup group, String reason) {
    assertReason(scorer, group, reason);
  }

  private static void assertReason(GroupScorer scorer, SampleGroup group, String reason) {
    assertThatThrownBy(() -> scorer.score(group))
        .isInstanceOfSatisfying(
            RewardException.class, e -> assertThat(e.reason()).isEqualTo(reason));
  }

  @Test
  void profiles_of_a_file_go_before_ours(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("profiles.json");
    Files.writeString(
        file,
        """
        {
          // ours, but lenient
          "numeric": [{"reward": "numeric", "absolute": 1}],
          "two": [{"reward": "exact", "name": "right"}, {"reward": "exact", "weight": -0.5, "case-sensitive": true}]
        }
        """);
    var loaded = RewardProfiles.load(RewardRegistry.load(), Optional.of(file));
    assertThat(loaded.names()).contains("numeric", "two", "exact");
    var own = new GroupScorer(loaded);
    assertThat(own.score(Groups.of("t", "numeric", "82", "83")).getFirst().getTotal()).isEqualTo(1);
    var score = own.score(Groups.of("t", "two", "Yes", "yes")).getFirst();
    assertThat(score.getTotal()).isEqualTo(1);
    assertThat(score.getComponents()).containsOnly(entry("right", 1.0), entry("exact", 0.0));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{'a': [{'reward': 'nope'}]}|profile 'a': reward 'nope': reward 'nope' is not known",
        "{'a': []}|profile 'a': reward profile 'a' has no rewards",
        "{'a': {}}|profile 'a': must be a list of rewards",
        "{'a': ['numeric']}|profile 'a': a reward is an object such as",
        "{'a': [{'reward': 'exact', 'weight': 'x'}]}|'weight' must be a number",
        "{'a': [{'reward': 'exact'}, {'reward': 'exact'}]}|two rewards named 'exact'",
        "{'a': [{'reward': 'exact', 'cased': 1}]}|option 'cased' is not known",
        "{'a': [{'reward': 'exact'}], 'a': []}|Duplicate field 'a'",
        "[]|must be an object of profiles by name",
        "{'a'|:1 is not JSON",
      })
  void wrong_profiles_are_refused_when_they_are_read(
      String json, String message, @TempDir Path folder) throws Exception {
    Path file = folder.resolve("profiles.json");
    Files.writeString(file, json.replace('\'', '"'));
    assertThatThrownBy(() -> RewardProfiles.load(RewardRegistry.load(), Optional.of(file)))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining(message);
  }

  @Test
  void missing_file_is_named() {
    assertThatThrownBy(
            () -> RewardProfiles.load(RewardRegistry.load(), Optional.of(Path.of("/no/such.json"))))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("/no/such.json");
  }
}
