package dev.millrace.cli.bench;

import dev.millrace.cli.CommandFailure;
import dev.millrace.contracts.avro.StepKind;
import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.devstack.ChildJvm;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * One rollout process, then four, then one, in the middle of the demo's run: samples a second,
 * rewards and staleness of each part. Each has one task in hand at a time, so that a process is
 * bound by the way of a task through the log and not by the machine's few cores.
 */
final class WorkersBench implements Bench {

  private static final String RUN = "workers";
  private static final long SECONDS = 40;

  /** Until those that came are at work, or those that went are missed. */
  private static final long SETTLE = 8;

  @Override
  public String name() {
    return "workers";
  }

  @Override
  public String description() {
    return "1, 4, 1 rollout processes in mid-run: samples/s, reward, staleness";
  }

  @Override
  public String targets() {
    return "reward,monitor";
  }

  @Override
  public void run(BenchRun run) throws InterruptedException {
    Deque<ChildJvm> workers = new ArrayDeque<>();
    run.system().pushSums();
    ChildJvm learner = run.system().learner(RUN);
    try (var follower = new LearningFollower(run.context(), RUN)) {
      workers.push(run.system().worker("rollout-1"));
      follower.await(entry -> entry.getKind() == StepKind.UPDATE);
      part(run, follower, "one");
      for (int i = 2; i <= 4; i++) {
        workers.push(run.system().worker("rollout-" + i));
      }
      part(run, follower, "four");
      workers.pop().kill();
      workers.pop().kill();
      workers.pop().close();
      part(run, follower, "one_again");
    } finally {
      learner.close();
      workers.forEach(ChildJvm::close);
    }
    if (!run.system().addsUp(RUN)) {
      throw new CommandFailure("the accounts do not add up");
    }
  }

  private static void part(BenchRun run, LearningFollower follower, String name)
      throws InterruptedException {
    TimeUnit.SECONDS.sleep(SETTLE);
    long from = System.currentTimeMillis();
    long to = from + TimeUnit.SECONDS.toMillis(SECONDS);
    follower.await(entry -> entry.getFinishedAt() >= to);
    List<TrainingStep> updates =
        follower.entries().stream()
            .filter(e -> e.getKind() == StepKind.UPDATE)
            .filter(e -> e.getFinishedAt() >= from && e.getFinishedAt() < to)
            .toList();
    double samples = updates.stream().mapToDouble(e -> metric(e, "samples")).sum() / SECONDS;
    double reward = updates.stream().mapToDouble(e -> metric(e, "reward.mean")).average().orElse(0);
    double stale = updates.stream().mapToDouble(e -> metric(e, "staleness.max")).max().orElse(0);
    run.figures()
        .put(name + "_samples_per_s", samples)
        .put(name + "_updates", updates.size())
        .put(name + "_reward", reward)
        .put(name + "_staleness_most", stale);
    run.say(
        String.format(
            Locale.ROOT,
            "%-10s %6.0f samples/s, %3d updates, reward %.3f, staleness %.0f at most",
            name,
            samples,
            updates.size(),
            reward,
            stale));
  }

  private static double metric(TrainingStep entry, String name) {
    return entry.getMetrics().getOrDefault(name, 0.0);
  }
}
