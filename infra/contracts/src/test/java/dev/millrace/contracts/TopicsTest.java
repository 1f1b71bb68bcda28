package dev.millrace.contracts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TopicsTest {

  @Test
  void every_topic_of_the_design_is_declared_once_under_the_prefix() {
    assertThat(new Topics("x.").all())
        .extracting(Topic::name)
        .containsExactlyInAnyOrder(
            "x.documents",
            "x.chunks",
            "x.indexed",
            "x.prompts",
            "x.rollout-tasks",
            "x.samples",
            "x.scored-samples",
            "x.policy-weights",
            "x.policy-versions",
            "x.training-ledger",
            "x.feedback",
            "x.dead-letters",
            "x.operator-actions",
            "x.stage-controls");
  }

  @Test
  void state_topics_are_compacted_and_facts_are_kept() {
    var topics = new Topics("");

    assertThat(topics.documents().settings().config()).containsEntry("cleanup.policy", "compact");
    assertThat(topics.chunks().settings().config()).containsEntry("cleanup.policy", "compact");
    assertThat(topics.stageControls().settings().config())
        .containsEntry("cleanup.policy", "compact");
    assertThat(topics.indexed().settings().config()).containsEntry("retention.ms", "604800000");
    assertThat(topics.trainingLedger().settings().config()).containsEntry("retention.ms", "-1");
    assertThat(topics.deadLetters().settings().config())
        .containsEntry("retention.ms", "2592000000");
  }

  @Test
  void every_avro_topic_has_a_schema_and_raw_topics_have_none() {
    var topics = new Topics("");

    assertThat(topics.all())
        .filteredOn(Topic::isAvro)
        .allSatisfy(t -> assertThat(t.schema()).isNotNull());
    assertThatThrownBy(() -> topics.policyWeights().schema())
        .hasMessageContaining("policy-weights");
  }

  @Test
  void a_prefix_that_kafka_would_refuse_is_refused_here() {
    assertThatThrownBy(() -> new Topics("a b").documents()).hasMessageContaining("a bdocuments");
  }
}
