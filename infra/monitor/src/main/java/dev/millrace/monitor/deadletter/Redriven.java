package dev.millrace.monitor.deadletter;

import dev.millrace.contracts.avro.OperatorAction;

/**
 * Where a dead letter went when it was sent again.
 *
 * @param at milliseconds since the epoch
 */
public record Redriven(
    LetterId letter, String topic, int partition, long offset, String actor, long at) {

  static final String PREFIX = "redrive/";

  static Redriven of(OperatorAction action) {
    String[] parts = action.getId().substring(PREFIX.length()).split("/");
    return new Redriven(
        new LetterId(Integer.parseInt(parts[0]), Long.parseLong(parts[1])),
        action.getTopic(),
        action.getPartition(),
        action.getOffset(),
        action.getActor(),
        action.getAt());
  }

  static String actionId(LetterId letter) {
    return PREFIX + letter.partition() + "/" + letter.offset();
  }
}
