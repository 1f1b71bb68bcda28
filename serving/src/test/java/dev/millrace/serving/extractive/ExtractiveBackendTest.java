package dev.millrace.serving.extractive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.models.embedding.HashedEmbedding;
import dev.millrace.serving.MemoryPassages;
import dev.millrace.serving.access.Caller;
import dev.millrace.serving.chat.AnswerEvent;
import dev.millrace.serving.chat.AnswerSink;
import dev.millrace.serving.chat.ChatMessage;
import dev.millrace.serving.chat.ChatTurn;
import dev.millrace.serving.chat.Citation;
import dev.millrace.serving.retrieval.Assemble;
import dev.millrace.serving.retrieval.CleanedDocument;
import dev.millrace.serving.retrieval.EmbedQuestion;
import dev.millrace.serving.retrieval.Retrieval;
import dev.millrace.serving.retrieval.Retrieve;
import dev.millrace.serving.retrieval.SearchMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ExtractiveBackendTest {

  private static final String OFFSETS =
      "Offsets\n\nThe group coordinator stores all committed offsets in an internal topic."
          + " Consumers fetch them when they start. It is compacted.";

  private final MemoryPassages index = new MemoryPassages();
  private final HashedEmbedding model = new HashedEmbedding();
  private final ExtractiveBackend backend =
      new ExtractiveBackend(
          new Retrieval(List.of(new EmbedQuestion(model), new Retrieve(index), new Assemble())),
          index,
          model,
          new AnswerSettings(12, 3, 0.4, 0.6),
          SearchMode.HYBRID,
          0);

  @BeforeEach
  void documents() {
    index.put("offsets", 3, "Offsets", null, OFFSETS);
    index.put(
        "bread",
        4,
        "Bread",
        "https://example.org/b",
        "Knead the dough for ten minutes. Bake the bread at 220 degrees for half an hour.");
  }

  @Test
  void quotes_stand_where_the_citation_says() {
    Answer answer = ask("Where are committed offsets stored?", Caller.ANONYMOUS);
    assertThat(answer.text).startsWith("The group coordinator stores all committed offsets");
    assertThat(answer.citations).isNotEmpty();
    for (Citation c : answer.citations) {
      assertThat(OFFSETS.substring(c.start(), c.end())).isEqualTo(c.quote());
      assertThat(answer.text.substring(c.startIndex(), c.endIndex()))
          .isEqualTo("[" + c.number() + "]");
      assertThat(answer.text).contains(c.quote() + " [" + c.number() + "]");
      assertThat(c.url()).startsWith("/v1/documents/offsets/passage?start=");
    }
  }

  @Test
  void announcement_is_quoted_with_the_block_it_announces() {
    index.put(
        "cli",
        5,
        "Tools",
        null,
        "To list all consumer groups, run:\n\n"
            + "$ groups.sh --list\n"
            + "$ groups.sh --all\n\n"
            + "Other text here.");
    assertThat(ask("How do I list consumer groups?", Caller.ANONYMOUS).text)
        .startsWith(
            "To list all consumer groups, run:\n\n$ groups.sh --list\n$ groups.sh --all [1]");
  }

  @Test
  void what_is_in_no_document_is_not_answered() {
    for (String question :
        List.of("What is the capital of France?", "flurbish the wongle", "what is it?", "???")) {
      Answer answer = ask(question, Caller.ANONYMOUS);
      assertThat(answer.text).isEqualTo(ExtractiveBackend.NOTHING_FITS);
      assertThat(answer.citations).isEmpty();
    }
  }

  @Test
  void question_about_one_setting_is_not_answered_with_another() {
    index.put(
        "config",
        6,
        "Settings",
        null,
        "The default value of log.segment.bytes is one gibibyte. The default is fine.");
    assertThat(ask("What is the default value of log.retention.hours?", Caller.ANONYMOUS).text)
        .isEqualTo(ExtractiveBackend.NOTHING_FITS);
    assertThat(ask("What is the default value of log.segment.bytes?", Caller.ANONYMOUS).text)
        .contains("one gibibyte");
  }

  @Test
  void quote_moves_with_its_sentence_to_the_current_revision() {
    String newer = "Preface that was added. " + OFFSETS;
    index.replaceManifestOnly(new CleanedDocument("offsets", 9, "Offsets", null, newer, List.of()));
    Answer answer = ask("Where are committed offsets stored?", Caller.ANONYMOUS);
    Citation citation = answer.citations.get(0);
    assertThat(citation.revision()).isEqualTo(9);
    assertThat(newer.substring(citation.start(), citation.end())).isEqualTo(citation.quote());
  }

  @Test
  void passage_of_a_deleted_or_rewritten_document_is_not_quoted() {
    index.replaceManifestOnly(
        new CleanedDocument("offsets", 9, "Offsets", null, "All new words.", List.of()));
    assertThat(ask("Where are committed offsets stored?", Caller.ANONYMOUS).citations).isEmpty();
    index.removeManifestOnly("offsets");
    assertThat(ask("Where are committed offsets stored?", Caller.ANONYMOUS).citations).isEmpty();
  }

  @Test
  void document_closed_since_it_was_found_is_not_quoted() {
    index.removeManifestOnly("offsets"); // the search still shows it
    index.replaceManifestOnly(
        new CleanedDocument("offsets", 9, "Offsets", null, OFFSETS, List.of("hr")));
    assertThat(ask("Where are committed offsets stored?", Caller.ANONYMOUS).citations).isEmpty();
  }

  @Test
  void no_caller_ever_reads_a_hidden_document() {
    Random random = new Random(20261122);
    List<String> groups = List.of("a", "b", "c", "d");
    for (int round = 0; round < 60; round++) {
      Map<String, Set<String>> acls = new java.util.HashMap<>();
      for (int d = 0; d < 8; d++) {
        Set<String> acl = some(groups, random);
        acls.put("doc" + d, acl);
        index.put(
            "doc" + d,
            100L + round,
            "Report " + d,
            null,
            "The secret number of report r" + d + "q is n" + d + "n as everybody in it knows.",
            acl.toArray(String[]::new));
      }
      Set<String> principals = some(groups, random);
      principals.add("*");
      Caller caller = new Caller("test", principals);
      int d = random.nextInt(8);
      Answer answer = ask("What is the secret number of report r" + d + "q?", caller);
      for (Map.Entry<String, Set<String>> document : acls.entrySet()) {
        boolean mayRead =
            document.getValue().isEmpty()
                || document.getValue().stream().anyMatch(principals::contains);
        if (!mayRead) {
          String number = document.getKey().replace("doc", "n") + "n";
          assertThat(answer.text).doesNotContain(number);
          assertThat(answer.citations).noneMatch(c -> c.documentId().equals(document.getKey()));
        } else if (document.getKey().equals("doc" + d)) {
          assertThat(answer.text).contains("n" + d + "n");
        }
      }
    }
  }

  private static Set<String> some(List<String> groups, Random random) {
    Set<String> chosen = new TreeSet<>();
    groups.stream().filter(g -> random.nextInt(3) == 0).forEach(chosen::add);
    return chosen;
  }

  private Answer ask(String question, Caller caller) {
    Answer answer = new Answer();
    backend.answer(
        new ChatTurn(
            List.of(new ChatMessage("user", question)),
            caller,
            Optional.empty(),
            Map.of(),
            ChatTurn.Limits.NONE),
        answer);
    return answer;
  }

  private static final class Answer implements AnswerSink {
    private String text = "";
    private final List<Citation> citations = new ArrayList<>();

    @Override
    public void put(AnswerEvent.Part part) {
      switch (part) {
        case AnswerEvent.Text piece -> text += piece.delta();
        case AnswerEvent.Cited cited -> citations.add(cited.citation());
        case AnswerEvent.Steps done -> assertThat(done.steps()).isNotEmpty();
        default -> throw new IllegalStateException("a quoting backend gives no " + part);
      }
    }
  }
}
