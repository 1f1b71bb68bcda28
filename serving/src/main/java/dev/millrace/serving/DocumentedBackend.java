package dev.millrace.serving;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.models.embedding.TokenCounter;
import dev.millrace.serving.chat.Admission;
import dev.millrace.serving.chat.AnswerFormat;
import dev.millrace.serving.chat.AnswerSink;
import dev.millrace.serving.chat.ChatBackend;
import dev.millrace.serving.chat.ChatTurn;
import dev.millrace.serving.chat.Finish;
import dev.millrace.serving.chat.Grounding;
import java.util.Optional;
import java.util.Set;

/**
 * A generating backend that is given the documents when a request or settings ask for them, and
 * gets the bare conversation otherwise.
 */
final class DocumentedBackend implements ChatBackend {

  private final ChatBackend inner;
  private final Grounding grounding;
  private final TokenCounter counter;
  private final boolean always;

  /**
   * @param always whether documents are given where the request does not say
   */
  DocumentedBackend(ChatBackend inner, Grounding grounding, TokenCounter counter, boolean always) {
    this.inner = inner;
    this.grounding = grounding;
    this.counter = counter;
    this.always = always;
  }

  @Override
  public Finish answer(ChatTurn turn, AnswerSink sink) throws InterruptedException {
    if (!turn.documents().orElse(always)) {
      return inner.answer(turn, sink);
    }
    refuseWhatDoesNotGo(turn);
    Grounding.Grounded grounded = grounding.ground(turn, sink);
    if (grounded.instead().isPresent()) {
      String said = grounded.instead().get();
      sink.text(said);
      return new Finish(Finish.Reason.STOP, turn.tokens(counter), counter.count(said));
    }
    ChatTurn asked =
        turn.withMessages(grounded.messages())
            .withRequest(turn.request().map(r -> with(r, grounded)));
    if (!(turn.format() instanceof AnswerFormat.Text)) {
      return inner.answer(asked, sink); // JSON is data: markers in it are the client's affair
    }
    Grounding.CitedText cited = grounded.citing(sink);
    Finish finish = inner.answer(asked, cited);
    cited.end();
    return finish;
  }

  private void refuseWhatDoesNotGo(ChatTurn turn) {
    if (!inner.availability().takesDocuments()) {
      throw Refusal.unsupported(
          "documents",
          "'%s' has no chat template, so it reads single prompts: ask it without 'documents'."
              .formatted(id()));
    }
    if (turn.request().filter(r -> !r.path("tools").isEmpty()).isPresent()) {
      throw Refusal.unsupported("tools", "'tools' do not go with 'documents'.");
    }
  }

  private static ObjectNode with(ObjectNode request, Grounding.Grounded grounded) {
    ObjectNode changed = request.deepCopy();
    ArrayNode messages = changed.putArray("messages");
    grounded
        .messages()
        .forEach(m -> messages.addObject().put("role", m.role()).put("content", m.content()));
    return changed;
  }

  @Override
  public String id() {
    return inner.id();
  }

  @Override
  public String owner() {
    return inner.owner();
  }

  @Override
  public long created() {
    return inner.created();
  }

  @Override
  public Set<Capability> capabilities() {
    return inner.capabilities();
  }

  @Override
  public Availability availability() {
    return inner.availability();
  }

  @Override
  public boolean endsByItself() {
    return inner.endsByItself();
  }

  @Override
  public Optional<Admission> admission() {
    return inner.admission();
  }

  @Override
  public void start() {
    inner.start();
  }

  @Override
  public void close() {
    inner.close();
  }
}
