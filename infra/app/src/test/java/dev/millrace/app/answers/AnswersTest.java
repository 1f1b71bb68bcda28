package dev.millrace.app.answers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.models.embedding.HashedEmbedding;
import dev.millrace.serving.access.Caller;
import dev.millrace.serving.chat.AnswerEvent;
import dev.millrace.serving.chat.ChatMessage;
import dev.millrace.serving.chat.ChatTurn;
import dev.millrace.serving.extractive.AnswerSettings;
import dev.millrace.serving.extractive.ExtractiveBackend;
import dev.millrace.serving.retrieval.Assemble;
import dev.millrace.serving.retrieval.EmbedQuestion;
import dev.millrace.serving.retrieval.Retrieval;
import dev.millrace.serving.retrieval.Retrieve;
import dev.millrace.serving.retrieval.SearchMode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A judged set of questions to the demo's documents, answered by quotes. */
class AnswersTest {

  private static final Path PAGES = Path.of("../cli/src/main/demo/kafka-docs/docs");

  private static ExtractiveBackend backend;

  @BeforeAll
  static void read() {
    var model = new HashedEmbedding();
    var index = new CorpusIndex(PAGES, model);
    backend =
        new ExtractiveBackend(
            new Retrieval(List.of(new EmbedQuestion(model), new Retrieve(index), new Assemble())),
            index,
            model,
            new AnswerSettings(12, 3, 0.4, 0.6),
            SearchMode.HYBRID,
            0);
  }

  private static String ask(String question) {
    var answer = new StringBuilder();
    backend.answer(
        new ChatTurn(
            List.of(new ChatMessage("user", question)),
            Caller.ANONYMOUS,
            Optional.empty(),
            Map.of(),
            ChatTurn.Limits.NONE),
        part -> {
          if (part instanceof AnswerEvent.Text text) {
            answer.append(text.delta());
          }
        });
    return answer.toString();
  }

  /** The first sentence says what the subject is. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      value = {
        "KTable # A KTable is (logically a continuously|an abstraction)",
        "What is a KStream? # A KStream (represents a partitioned|is an abstraction of a) record"
            + " stream",
        "What is a GlobalKTable? # .*GlobalKTable is an abstraction of a changelog stream",
        "What is log compaction? # Log compaction is a mechanism",
        "What is a stream processor? # A stream processor is a node in the processor topology",
        "What is a processor topology? # .*processor topology is (merely a logical|a graph)",
        "What is event streaming? # .*[Ee]vent streaming is the (digital|practice)",
        "What is a delegation token? # Delegation tokens are shared secrets",
        "What are standby replicas? # Standby replicas are shadow copies",
        "What is a sink processor? # Sink Processor: A sink processor is a special type",
        "What are interactive queries? # Interactive queries allow you",
        "What is the stream-table duality? # The stream-table duality describes",
        "What is the Processor API? # The Processor API allows developers",
        "What is windowing? # Windowing lets you control",
        "hopping windows # .*[Hh]opping windows?.* (defined by|model)",
        "What does acks=all mean? # acks=all The leader waits for the full set",
      })
  void what_is_asked_for_is_said_first(String question, String first) {
    assertThat(ask(question)).as(question).matches("(?s)" + first + ".*");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      value = {
        "Which Java version must my local environment have installed? # Java 11\\+",
        "How do I list consumer groups? # kafka-consumer-groups.sh .*--list",
        "How can I delete a topic? # kafka-topics.sh .*--delete",
        "How do I reset the offsets of a consumer group? # --reset-offsets",
        "When is a message considered committed? # when all replicas in the ISR",
        "How can I list all consumer groups? # kafka-consumer-groups.sh .*--list",
        "What does log compaction retain? # retain at least the last known value for each",
        "What is retained by log compaction? # retain at least the last",
        "What do followers replicate? # replicate the writes from the leader",
        "What is stored in ZooKeeper? # metadata stored in ZooKeeper",
      })
  void other_questions_have_the_answers_that_they_had(String question, String part) {
    assertThat(ask(question)).as(question).containsPattern(part);
  }

  @Test
  void sentence_that_only_mentions_the_subject_is_not_added() {
    assertThat(ask("What does acks=all mean?")).doesNotContain("the bug did not affect");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "What is the capital of France?",
        "What is the meaning of life?",
        "How do I bake sourdough bread?",
        "What is a pod in Kubernetes?",
        "What is a monad?",
        "What is a kangaroo?",
        "What is love?",
        "What is a share group?",
        "What is the speed of light?",
        "Who is the CEO of Confluent?",
        "banana",
        "gardening",
      })
  void what_the_documents_do_not_say_is_not_answered(String question) {
    assertThat(ask(question)).as(question).isEqualTo(ExtractiveBackend.NOTHING_FITS);
  }
}
