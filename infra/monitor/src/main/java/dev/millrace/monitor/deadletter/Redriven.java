package dev.millrace.monitor.deadletter;

import dev.millrace.monitor.action.OperatorLog;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a dead letter went when it was sent again.
 *
 * @param at milliseconds since the epoch
 */
public record Redriven(
    LetterId letter, String topic, int partition, long offset, String actor, long at) {

  private static final Pattern ID = Pattern.compile("redrive/(\\d{1,9})/(\\d{1,18})");

  /** Empty for an action of another kind. */
  static Optional<Redriven> of(OperatorLog.Entry entry) {
    Matcher id = ID.matcher(entry.id());
    if (!id.matches()) {
      return Optional.empty();
    }
    var letter = new LetterId(Integer.parseInt(id.group(1)), Long.parseLong(id.group(2)));
    return Optional.of(
        entry
            .action()
            .map(
                action ->
                    new Redriven(
                        letter,
                        action.getTopic() == null ? "" : action.getTopic(),
                        action.getPartition(),
                        action.getOffset(),
                        action.getActor(),
                        action.getAt()))
            .orElseGet(() -> new Redriven(letter, "", -1, -1, "somebody", 0)));
  }

  static String actionId(LetterId letter) {
    return "redrive/" + letter.partition() + "/" + letter.offset();
  }
}
