package dev.millrace.serving.http;

import dev.millrace.serving.chat.Admission;
import dev.millrace.serving.chat.AnswerSink;
import io.vertx.ext.web.RoutingContext;

/** A request that waits for its place: no longer than its client does. */
final class Waiting {

  private Thread thread;
  private boolean gone;

  private Waiting() {}

  static Waiting of(RoutingContext exchange) {
    Waiting waiting = new Waiting();
    exchange.addEndHandler(ended -> waiting.leave()); // also when the client goes away
    return waiting;
  }

  /**
   * Waits for a ticket.
   *
   * @throws AnswerSink.AnswerAbandoned if the client goes away meanwhile
   */
  Admission.Ticket enter(Admission queue) {
    synchronized (this) {
      if (gone) {
        throw new AnswerSink.AnswerAbandoned("the client has gone");
      }
      thread = Thread.currentThread();
    }
    Admission.Ticket ticket;
    try {
      ticket = queue.enter();
    } catch (InterruptedException e) {
      throw new AnswerSink.AnswerAbandoned("the client has gone");
    } finally {
      synchronized (this) {
        thread = null;
      }
    }
    if (Thread.interrupted()) { // it went in the moment in which the place was given
      ticket.close();
      throw new AnswerSink.AnswerAbandoned("the client has gone");
    }
    return ticket;
  }

  private synchronized void leave() {
    gone = true;
    if (thread != null) {
      thread.interrupt();
    }
  }
}
