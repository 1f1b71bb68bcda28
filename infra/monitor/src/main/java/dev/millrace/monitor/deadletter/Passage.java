package dev.millrace.monitor.deadletter;

import java.util.List;

/** How far a letter that was sent again has come. */
public sealed interface Passage {

  /** One sentence for a person. */
  String sentence();

  /** True when nothing more will happen. */
  boolean settled();

  /** Its readers have not reached it yet. */
  record Waiting(List<String> groups) implements Passage {
    @Override
    public String sentence() {
      return groups.isEmpty()
          ? "waiting: no group reads its topic"
          : "waiting for " + String.join(", ", groups);
    }

    @Override
    public boolean settled() {
      return false;
    }
  }

  /** All of its readers went past it, and it did not become a dead letter again. */
  record Through(List<String> groups) implements Passage {
    @Override
    public String sentence() {
      return "through: read by " + String.join(", ", groups);
    }

    @Override
    public boolean settled() {
      return true;
    }
  }

  /** The document stream tells what became of it. */
  record Reported(String outcome, String reason, int chunks) implements Passage {
    @Override
    public String sentence() {
      return outcome.equals("INDEXED")
          ? "through: searchable, " + chunks + " chunks"
          : "through: "
              + outcome.toLowerCase(java.util.Locale.ROOT)
              + (reason.isEmpty() ? "" : ", " + reason);
    }

    @Override
    public boolean settled() {
      return true;
    }
  }

  /** It could not be processed this time either. */
  record DeadAgain(LetterId letter, String reason) implements Passage {
    @Override
    public String sentence() {
      return "dead again: " + reason + " (" + letter + ")";
    }

    @Override
    public boolean settled() {
      return true;
    }
  }
}
