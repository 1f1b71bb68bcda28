package dev.millrace.serving.http;

import dev.millrace.serving.chat.AnswerEvent;
import dev.millrace.serving.chat.AnswerSink;
import dev.millrace.serving.chat.ChatBackend;
import dev.millrace.serving.chat.ChatTurn;
import dev.millrace.serving.chat.Finish;
import dev.millrace.serving.chat.Writer;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A model whose answers a test writes. */
final class ScriptedBackend implements ChatBackend {

  static final String ID = "scripted";

  /** What it writes next; may block, and is interrupted when nobody waits for it any more. */
  interface Script {
    void write(ChatTurn turn, AnswerSink sink) throws InterruptedException;
  }

  final CountDownLatch stopped = new CountDownLatch(1);
  volatile long version;
  volatile Script script = (turn, sink) -> sink.text("Nothing to say.");

  /** Writes words until it is stopped. */
  void writesForEver() {
    script =
        (turn, sink) -> {
          try {
            while (true) {
              sink.text("word ");
              new CountDownLatch(1).await(30, TimeUnit.MILLISECONDS);
            }
          } finally {
            stopped.countDown();
          }
        };
  }

  void writes(String text) {
    script = (turn, sink) -> sink.text(text);
  }

  /** As a version of a policy. */
  void writesAs(long writer, String text) {
    script =
        (turn, sink) -> {
          sink.put(new AnswerEvent.WrittenBy(new Writer("sums", OptionalLong.of(writer))));
          sink.text(text);
        };
  }

  void thinks(String thought, String text) {
    script =
        (turn, sink) -> {
          sink.put(new AnswerEvent.Text(0, true, thought, List.of()));
          sink.text(text);
        };
  }

  @Override
  public String id() {
    return ID;
  }

  @Override
  public String owner() {
    return "test";
  }

  @Override
  public long created() {
    return 0;
  }

  @Override
  public Availability availability() {
    return version == 0
        ? Availability.READY
        : new Availability("", List.of(new Availability.Note("version", version)));
  }

  @Override
  public Set<Capability> capabilities() {
    return Set.of();
  }

  @Override
  public Finish answer(ChatTurn turn, AnswerSink sink) throws InterruptedException {
    script.write(turn, sink);
    return new Finish(Finish.Reason.STOP, 1, 1);
  }
}
