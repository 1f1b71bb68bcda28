package dev.millrace.monitor.action;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.Topic;
import dev.millrace.contracts.avro.ActionKind;
import dev.millrace.contracts.avro.OperatorAction;
import dev.millrace.runtime.StageContext;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;

/**
 * Pauses stages and lets them go on. The order, in {@code stage-controls}, and the record of who
 * gave it, in {@code operator-actions}, are one transaction. Every process of the stage obeys
 * within moments, and so does every one that starts later.
 */
public final class StageSwitch {

  /** The stages that can be paused: those that read from the log what can wait there. */
  public static final List<String> STAGES =
      List.of("preprocess", "embed", "rollout", "reward", "learner");

  private static final int LONGEST_REASON = 500;

  private final Transaction transaction;
  private final OperatorLog log;
  private final Topic<OperatorAction> controls;
  private final AvroSerde<OperatorAction> serde;

  public StageSwitch(StageContext context, OperatorLog log) {
    this.transaction = new Transaction(context.kafka(), "millrace-switch");
    this.log = log;
    this.controls = context.topics().stageControls();
    this.serde = new AvroSerde<>(context.registry(), controls);
  }

  /**
   * Orders a stage to take in nothing new.
   *
   * @param reason what for; may be empty
   * @throws IllegalArgumentException if no stage of this name can be paused
   * @throws KafkaException when the log does not take it; then nothing was ordered
   */
  public void pause(String stage, String reason, Actor actor) {
    String cut = reason.strip().substring(0, Math.min(LONGEST_REASON, reason.strip().length()));
    order(stage, ActionKind.PAUSE, cut.isEmpty() ? Map.of() : Map.of("reason", cut), actor);
  }

  /** Lets a stage go on; fails as {@link #pause}. */
  public void resume(String stage, Actor actor) {
    order(stage, ActionKind.RESUME, Map.of(), actor);
  }

  private void order(String stage, ActionKind kind, Map<String, String> detail, Actor actor) {
    if (!STAGES.contains(stage)) {
      throw new IllegalArgumentException(
          "no stage '%s' can be paused: there are %s".formatted(stage, String.join(", ", STAGES)));
    }
    long now = System.currentTimeMillis();
    var action =
        new OperatorAction(
            kind.name().toLowerCase(java.util.Locale.ROOT) + "/" + stage + "/" + now,
            kind,
            actor.name(),
            actor.via(),
            stage,
            null,
            -1,
            -1L,
            detail,
            now);
    byte[] key = stage.getBytes(StandardCharsets.UTF_8);
    transaction.run(
        sending -> {
          sending.send(new ProducerRecord<>(controls.name(), 0, key, serde.write(action)));
          sending.send(log.record(action));
        });
  }
}
