package dev.millrace.monitor.stream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.monitor.lag.GroupKind;
import dev.millrace.monitor.lag.Offsets.Group;
import dev.millrace.runtime.Settings;
import dev.millrace.runtime.StageContext;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class InstallationTest {

  private final Installation installation =
      Installation.of(
          StageContext.of(
              Settings.of(Map.of("millrace.topics.prefix", "x.")), new SimpleMeterRegistry()));

  private static Group group(String id, String state) {
    return new Group(id, GroupKind.CONSUMER, state, Map.of());
  }

  private boolean retired(Group group, Group... others) {
    List<Group> all = new java.util.ArrayList<>(List.of(others));
    all.add(group);
    return installation.retired(group, all, run -> run.equals("over"));
  }

  @Test
  void group_of_a_run_that_ended_is_retired() {
    assertThat(retired(group("x.learner-over", "Empty"))).isTrue();
    assertThat(retired(group("x.learner-going", "Empty"))).isFalse();
  }

  @Test
  void group_of_an_index_generation_that_was_replaced_is_retired() {
    Group first = group("x.millrace-embed-1", "Empty");
    Group second = group("x.millrace-embed-2", "Stable");
    Group down = group("x.millrace-embed-2", "Empty");

    assertThat(retired(first, second)).isTrue();
    assertThat(retired(second, first)).isFalse();
    assertThat(retired(first, down)).as("both are down: the older one").isTrue();
    assertThat(retired(down, first)).as("both are down: the newer one is missed").isFalse();
    assertThat(retired(first)).isFalse();
  }

  @Test
  void other_groups_are_never_retired() {
    assertThat(retired(group("x.preprocess", "Empty"))).isFalse();
    assertThat(retired(group("somebody", "Empty"))).isFalse();
  }
}
