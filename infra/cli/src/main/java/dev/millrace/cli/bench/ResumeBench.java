package dev.millrace.cli.bench;

import dev.millrace.cli.CommandFailure;
import dev.millrace.contracts.avro.StepKind;
import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.devstack.ChildJvm;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/**
 * A learner that is killed with signal 9 at random moments of the demo's run: how long until the
 * next step stands in the ledger, the start of the new process included, and how many entries it
 * applied again on the way.
 */
final class ResumeBench implements Bench {

  private static final int KILLS = 10;
  private static final String RUN = "resume";

  @Override
  public String name() {
    return "resume";
  }

  @Override
  public String description() {
    return "kill -9 of the learner: seconds until the next step, entries applied again";
  }

  @Override
  public void run(BenchRun run) throws InterruptedException {
    var random = new SplittableRandom(1);
    double[] millis = new double[KILLS];
    double[] again = new double[KILLS];
    run.system().pushSums();
    ChildJvm learner = run.system().learner(RUN);
    try (var follower = new LearningFollower(run.context(), RUN)) {
      follower.await(entry -> entry.getKind() == StepKind.UPDATE);
      for (int kill = 0; kill < KILLS; kill++) {
        TimeUnit.MILLISECONDS.sleep(random.nextLong(2_000, 6_000)); // the random moment
        learner.kill();
        long killed = System.nanoTime();
        long killedAt = System.currentTimeMillis();
        learner = run.system().learner(RUN);
        TrainingStep next = follower.await(entry -> entry.getStartedAt() >= killedAt);
        millis[kill] = (System.nanoTime() - killed) / 1e6;
        again[kill] = next.getStep() - 1 - snapshotBefore(follower, next);
        run.say(
            String.format(
                Locale.ROOT,
                "kill %2d: step %d came after %.1f s, %.0f entries applied again",
                kill + 1,
                next.getStep(),
                millis[kill] / 1000,
                again[kill]));
      }
      boolean oneLineage = follower.entries().stream().allMatch(e -> e.getLineage() == 0);
      if (!oneLineage || !run.system().addsUp(RUN)) {
        throw new CommandFailure("the run is not what it would have been without the kills");
      }
    } finally {
      learner.close();
    }
    run.figures()
        .percentiles("resume", millis)
        .put("applied_again_mean", Arrays.stream(again).average().orElse(Double.NaN))
        .put("applied_again_most", Arrays.stream(again).max().orElse(Double.NaN));
  }

  private static long snapshotBefore(LearningFollower follower, TrainingStep next) {
    return follower.entries().stream()
        .filter(entry -> entry.getStep() < next.getStep() && entry.getSnapshot() != null)
        .mapToLong(TrainingStep::getStep)
        .max()
        .orElse(0);
  }
}
