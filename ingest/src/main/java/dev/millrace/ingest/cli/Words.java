package dev.millrace.ingest.cli;

import dev.millrace.ingest.push.Tally;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Figures as a person reads them. */
final class Words {

  private Words() {}

  static String count(long number, String noun) {
    return String.format(Locale.ROOT, "%,d %s%s", number, noun, number == 1 ? "" : "s");
  }

  static String bytes(long bytes) {
    if (bytes < 1 << 20) {
      return String.format(Locale.ROOT, "%.1f KB", bytes / 1024.0);
    }
    return bytes < 1 << 30
        ? String.format(Locale.ROOT, "%.1f MB", bytes / (double) (1 << 20))
        : String.format(Locale.ROOT, "%.2f GB", bytes / (double) (1 << 30));
  }

  /** {@code 1,400 documents sent, 3 unchanged (1.7 MB in 2.1 s, 667 documents/s)}. */
  static String summary(Tally tally, Duration took) {
    List<String> parts = new ArrayList<>();
    parts.add(count(tally.sent(), "document") + " sent");
    parts.add(String.format(Locale.ROOT, "%,d unchanged", tally.unchanged()));
    if (tally.deleted() > 0) {
      parts.add(String.format(Locale.ROOT, "%,d deleted", tally.deleted()));
    }
    if (tally.faults() > 0) {
      parts.add(String.format(Locale.ROOT, "%,d failed", tally.faults()));
    }
    double seconds = Math.max(0.001, took.toNanos() / 1e9);
    return String.format(
        Locale.ROOT,
        "%s (%s in %.1f s, %,.0f documents/s)",
        String.join(", ", parts),
        bytes(tally.bytes()),
        seconds,
        tally.done() / seconds);
  }
}
