package dev.millrace.reward;

import dev.millrace.contracts.avro.SampleGroup;
import dev.millrace.contracts.avro.Score;
import dev.millrace.contracts.avro.ScoredGroup;
import dev.millrace.reward.function.RewardException;
import dev.millrace.runtime.ResultLog;
import dev.millrace.runtime.ShareDelivery;
import dev.millrace.runtime.ShareLoop;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import java.util.List;

/**
 * Scores one group and writes the result: scores, or a failure with its reason. A group that cannot
 * be scored is a result too: the learner must not wait for it.
 */
final class GroupHandler implements ShareLoop.Handler<SampleGroup> {

  private static final int LONGEST_DETAIL = 500;

  private final String worker;
  private final GroupScorer scorer;
  private final ScoringThreads threads;
  private final ResultLog<ScoredGroup> log;
  private final RewardMeters meters;

  GroupHandler(
      String worker,
      GroupScorer scorer,
      ScoringThreads threads,
      ResultLog<ScoredGroup> log,
      RewardMeters meters) {
    this.worker = worker;
    this.scorer = scorer;
    this.threads = threads;
    this.log = log;
    this.meters = meters;
  }

  @Override
  public void handle(ShareDelivery<SampleGroup> delivery) throws InterruptedException {
    SampleGroup group = delivery.value();
    long begun = System.nanoTime();
    ScoredGroup result;
    try {
      result = result(group, threads.score(() -> scorer.score(group)), null, null);
    } catch (RewardException e) {
      result = result(group, List.of(), e.reason(), e.getMessage());
      Span.current().setStatus(StatusCode.ERROR, e.reason());
    }
    long nanos = System.nanoTime() - begun;
    log.write(group.getTask().getTaskId(), result);
    meters.scored(result, nanos);
  }

  @Override
  public void giveUp(ShareDelivery<SampleGroup> delivery, String reason, String error)
      throws InterruptedException {
    if (!reason.equals("result-too-large")) {
      SampleGroup group = delivery.value();
      log.write(group.getTask().getTaskId(), result(group, List.of(), reason, error));
    }
  }

  private ScoredGroup result(SampleGroup group, List<Score> scores, String failure, String detail) {
    return new ScoredGroup(group, worker, scores, failure, cut(detail), System.currentTimeMillis());
  }

  private static String cut(String detail) {
    return detail == null || detail.length() <= LONGEST_DETAIL
        ? detail
        : detail.substring(0, LONGEST_DETAIL) + "...";
  }
}
