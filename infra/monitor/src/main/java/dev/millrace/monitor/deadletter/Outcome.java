package dev.millrace.monitor.deadletter;

/** What came of the wish to send one dead letter again. */
public sealed interface Outcome {

  LetterId letter();

  /** One sentence for a person. */
  String sentence();

  /** Sent now. */
  record Sent(Redriven redriven) implements Outcome {
    @Override
    public LetterId letter() {
      return redriven.letter();
    }

    @Override
    public String sentence() {
      return "sent to %s-%d@%d"
          .formatted(redriven.topic(), redriven.partition(), redriven.offset());
    }
  }

  /** Sent before, and not again. */
  record Already(Redriven redriven) implements Outcome {
    @Override
    public LetterId letter() {
      return redriven.letter();
    }

    @Override
    public String sentence() {
      return "was sent before, by %s, to %s-%d@%d"
          .formatted(redriven.actor(), redriven.topic(), redriven.partition(), redriven.offset());
    }
  }

  /** Not sent: a newer record of its key is there, and the old one would replace it. */
  record Superseded(LetterId letter, String topic, long newer) implements Outcome {
    @Override
    public String sentence() {
      return newer < 0
          ? "not sent: too much was written to %s since to see whether there is a newer record of its key"
              .formatted(topic)
          : "not sent: %s has a newer record of its key at offset %d, which it would replace"
              .formatted(topic, newer);
    }
  }

  /** Not sent: it cannot be. */
  record Impossible(LetterId letter, String why) implements Outcome {
    @Override
    public String sentence() {
      return "not sent: " + why;
    }
  }
}
