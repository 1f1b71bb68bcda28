package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contracts.avro.Prompt;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class AdditionTaskTest {

  private final List<Prompt> prompts = AdditionTask.prompts();

  /** The numbers of {@code 37+45=}, the smaller first. */
  private static List<Integer> pair(Prompt prompt) {
    String text = prompt.getMessages().getFirst().getContent();
    return Arrays.stream(text.substring(0, text.length() - 1).split("\\+"))
        .map(Integer::valueOf)
        .sorted()
        .toList();
  }

  @Test
  void answers_are_sums() {
    assertThat(prompts)
        .allSatisfy(
            prompt ->
                assertThat(pair(prompt).stream().mapToInt(Integer::intValue).sum())
                    .isEqualTo(Integer.parseInt(prompt.getAnswer())));
  }

  @Test
  void no_pair_is_held_out_and_trained_on_in_the_other_order() {
    Set<List<Integer>> trained =
        prompts.stream()
            .filter(p -> !p.getHeldOut())
            .map(AdditionTaskTest::pair)
            .collect(Collectors.toSet());
    assertThat(prompts.stream().filter(Prompt::getHeldOut).toList())
        .hasSize(500)
        .noneMatch(prompt -> trained.contains(pair(prompt)));
    assertThat(prompts.size()).isBetween(9_200, 9_800);
  }

  @Test
  void the_split_is_the_same_every_time() {
    assertThat(AdditionTask.prompts().stream().map(Prompt::getId))
        .containsExactlyElementsOf(prompts.stream().map(Prompt::getId).toList());
  }
}
