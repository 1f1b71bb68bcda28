package dev.millrace.rollout;

import dev.millrace.contracts.avro.RolloutTask;
import dev.millrace.contracts.avro.SampleGroup;
import dev.millrace.runtime.PoisonedRecordException;
import dev.millrace.runtime.ResultLog;
import dev.millrace.runtime.ShareDelivery;
import dev.millrace.runtime.ShareLoop;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers one task: with its group of samples, or with the reason why it has none. A task that
 * cannot be sampled is a result too: the learner must not wait for it.
 */
final class TaskHandler implements ShareLoop.Handler<RolloutTask> {

  private static final Logger LOG = LoggerFactory.getLogger(TaskHandler.class);

  private final GroupSampler sampler;
  private final SampleRecords records;
  private final ResultLog<SampleGroup> log;
  private final RolloutMeters meters;

  TaskHandler(
      GroupSampler sampler,
      SampleRecords records,
      ResultLog<SampleGroup> log,
      RolloutMeters meters) {
    this.sampler = sampler;
    this.records = records;
    this.log = log;
    this.meters = meters;
  }

  @Override
  public void handle(ShareDelivery<RolloutTask> delivery) throws InterruptedException {
    RolloutTask task = delivery.value();
    long taken = System.currentTimeMillis();
    try {
      SampledGroup group = sampler.sample(task);
      log.write(task.getTaskId(), records.sampled(task, delivery.deliveryCount(), group));
      meters.sampled(task, group);
      Span.current()
          .setAttribute("millrace.samples", group.sequences().size())
          .setAttribute(
              "millrace.tokens",
              group.sequences().stream().mapToInt(one -> one.tokens().length).sum());
    } catch (TaskFailedException e) {
      String reason = e.failure().code();
      LOG.info("failed task={} reason={} error=\"{}\"", task.getTaskId(), reason, e.getMessage());
      write(delivery, reason, taken);
    }
  }

  @Override
  public void giveUp(ShareDelivery<RolloutTask> delivery, String reason, String error)
      throws InterruptedException {
    try {
      write(delivery, reason, System.currentTimeMillis());
    } catch (PoisonedRecordException e) {
      // Even the task alone is too large for the topic: the dead letter has it.
      LOG.warn("unanswered task={} error=\"{}\"", delivery.value().getTaskId(), e.getMessage());
    }
  }

  private void write(ShareDelivery<RolloutTask> delivery, String reason, long taken)
      throws InterruptedException {
    RolloutTask task = delivery.value();
    Span.current().setStatus(StatusCode.ERROR, reason);
    log.write(task.getTaskId(), records.failed(task, delivery.deliveryCount(), reason, taken));
    meters.failed(reason);
  }
}
