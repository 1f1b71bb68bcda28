package dev.millrace.serving.grounding;

import dev.millrace.serving.chat.ChatMessage;
import dev.millrace.serving.chat.ChatTurn;
import dev.millrace.serving.retrieval.RetrievalWish;
import dev.millrace.serving.retrieval.Utterance;
import java.util.ArrayList;
import java.util.List;

/** What retrieval needs to know of a turn. */
public final class Conversation {

  /** Older messages say nothing about what is asked now. */
  private static final int MOST = 20;

  private Conversation() {}

  /** What was said before the newest question, oldest first. */
  public static List<Utterance> before(ChatTurn turn) {
    List<ChatMessage> messages = turn.messages();
    int question = messages.size() - 1;
    while (question >= 0 && !messages.get(question).role().equals("user")) {
      question--;
    }
    List<Utterance> said = new ArrayList<>();
    for (ChatMessage message :
        messages.subList(Math.max(0, question - MOST), Math.max(0, question))) {
      boolean byUser = message.role().equals("user");
      if ((byUser || message.role().equals("assistant")) && !message.content().isBlank()) {
        said.add(new Utterance(byUser, message.content()));
      }
    }
    return said;
  }

  /** Which steps the request wants. */
  public static RetrievalWish wish(ChatTurn turn) {
    return turn.request().map(RetrievalWish::in).orElse(RetrievalWish.NONE);
  }
}
