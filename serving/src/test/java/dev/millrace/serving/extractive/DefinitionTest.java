package dev.millrace.serving.extractive;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DefinitionTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "KTable",
        "hopping windows",
        "What is a KTable?",
        "What's log compaction?",
        "What are committed offsets?",
        "what is a topic in Kafka?",
        "What is an embedded broker in Kafka?",
        "What does acks=all mean?",
        "What does a group coordinator do?",
        "What do standby replicas do",
        "What is meant by exactly once?",
        "Tell me what a KTable is",
        "Can you explain what log compaction does?",
        "Explain log compaction.",
        "Was bedeutet acks?",
        "Qu'est-ce que Kafka ?",
      })
  void asks_what_something_is(String question) {
    assertThat(Definition.asked(question)).as(question).isPresent();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "What does log compaction retain?",
        "What do consumers commit?",
        "Tell me what log compaction retains",
        "Explain what log compaction retains.",
        "Explain how log compaction works",
        "Describe why consumers rebalance.",
        "What is stored in the offsets topic?",
        "What is kept in memory?",
        "What is retained by log compaction?",
        "What is the default of acks?",
        "How do I list consumer groups?",
        "What happens when a broker fails?",
      })
  void asks_something_else(String question) {
    assertThat(Definition.asked(question)).as(question).isEmpty();
  }
}
