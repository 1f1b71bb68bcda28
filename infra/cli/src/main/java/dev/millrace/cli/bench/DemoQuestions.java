package dev.millrace.cli.bench;

import java.util.List;

/** What readers ask of the demo's documents. */
final class DemoQuestions {

  private static final List<String> ALL =
      List.of(
          "What does acks=all mean?",
          "How do I change the number of partitions of a topic?",
          "What is a KTable?",
          "How do I list consumer groups?",
          "Where are committed offsets stored?",
          "What is log compaction?",
          "How do I reset the offsets of a consumer group?",
          "Which Java version must my local environment have installed?",
          "When is a message considered committed?",
          "What are standby replicas?",
          "How can I delete a topic?",
          "What is a delegation token?",
          "How does Kafka Streams handle late records?",
          "What happens when a broker fails?",
          "What is the stream-table duality?",
          "How can I monitor Kafka?",
          "What is unclean leader election?",
          "Why does Kafka use a pull model for consumers?",
          "What is a hopping window?",
          "How do I add a new broker to the cluster?");

  private DemoQuestions() {}

  /** One of them; the numbers go round. */
  static String get(int number) {
    return ALL.get(number % ALL.size());
  }

  static List<String> all() {
    return ALL;
  }
}
