package dev.millrace.cli.bench;

import dev.millrace.devstack.ServerKind;
import dev.millrace.learner.bench.Arguments;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Time to a target accuracy by how many versions old samples may be, on a task whose answers differ
 * in length by ten times: the same processes, cores and settings but for {@code maxStaleness}.
 *
 * <p>First on this machine's CPU ({@code real}), for which sampler, trainer and servers compete.
 * Then as with an accelerator for each of the two, which is simulated: token steps and updates last
 * so long, and sleep for what they do not need, so that neither takes time from the other. All
 * else, the learning too, is real. In {@code simulated} both take so many times as long as was
 * measured in the first run on the CPU; in {@code balanced} the faster of the two is slowed down
 * until an update takes as long as the sampler needs for a batch with all places taken, the mean
 * answer, so that neither need wait for the other.
 */
final class AsyncBench implements Bench {

  static final String NAME = "async";

  private static final String REAL = "real";
  private static final String SIMULATED = "simulated";
  private static final String BALANCED = "balanced";
  private static final List<String> PHASES = List.of(REAL, SIMULATED, BALANCED);
  private static final int TRAINING = 12_000;
  private static final int HELD_OUT = 256;
  private static final double WORKED = 0.25;

  private static final Map<String, String> DEFAULTS =
      new TreeMap<>(
          Map.of(
              "phases", String.join(",", PHASES),
              "staleness", "0,1,2",
              "seeds", "1",
              "target", "0.55",
              "steps", "100",
              "slower", "3",
              "minutes", "10"));

  /**
   * What is to be measured.
   *
   * @param steps updates after which a run ends in any case
   * @param slower the simulated devices are so many times as slow as the CPU
   * @param longest that a run may take
   */
  record Plan(
      List<String> phases,
      List<Integer> staleness,
      List<Integer> seeds,
      double target,
      int steps,
      double slower,
      Duration longest) {

    /**
     * @param words {@code key=value}
     * @throws IllegalArgumentException naming the word that is wrong
     */
    static Plan of(List<String> words) {
      Arguments given = Arguments.of(DEFAULTS, words.toArray(String[]::new));
      var plan =
          new Plan(
              given.words("phases", PHASES),
              given.wholes("staleness", 0),
              given.wholes("seeds", 0),
              given.number("target"),
              given.whole("steps", 1),
              given.number("slower"),
              Duration.ofMinutes(given.whole("minutes", 1)));
      if (!plan.phases().isEmpty() && !plan.phases().getFirst().equals(REAL)) {
        throw new IllegalArgumentException(
            "phases must begin with real, which measures what is simulated");
      }
      if (plan.staleness().isEmpty() || plan.seeds().isEmpty() || plan.phases().isEmpty()) {
        throw new IllegalArgumentException("phases, staleness and seeds need one value or more");
      }
      return plan;
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String description() {
    return "seconds to a target accuracy by how old samples may be; phases=, staleness=, seeds=";
  }

  @Override
  public Set<ServerKind> servers() {
    return EnumSet.of(ServerKind.KAFKA, ServerKind.REGISTRY);
  }

  @Override
  public String targets() {
    return "reward";
  }

  @Override
  public void run(BenchRun run) throws InterruptedException {
    Plan plan = Plan.of(run.options().words());
    var runs = new AsyncRuns(run, plan);
    run.system().push(WorkedSums.prompts(TRAINING, HELD_OUT, WORKED));
    run.figures().put("target", plan.target());
    for (int seed : plan.seeds()) {
      double accuracy = runs.warmStart(seed);
      say(run, "seed %d: warm start %.3f", seed, accuracy);
      run.figures().put("seed" + seed + "_warm_start", accuracy);
      measure(run, plan, runs, seed);
    }
  }

  private static void measure(BenchRun run, Plan plan, AsyncRuns runs, int seed)
      throws InterruptedException {
    Optional<Device> measured = Optional.empty();
    for (String phase : plan.phases()) {
      Optional<Device> device = measured.map(cpu -> cpu.of(phase, plan.slower()));
      AsyncFigures first = null;
      for (int staleness : plan.staleness()) {
        AsyncFigures one =
            runs.learn(phase, seed, staleness, device.map(Device::settings).orElse(Map.of()));
        first = first == null ? one : first;
        String name = "seed%d_%s_%d".formatted(seed, phase, staleness);
        report(run, name, one, first);
        device.ifPresent(d -> report(run, name, d, staleness));
      }
      if (measured.isEmpty()) {
        measured =
            Optional.of(new Device(first.stepSeconds(), first.updateSeconds(), first.lengthMean()));
      }
    }
  }

  /**
   * What computes.
   *
   * @param step seconds of a token step, whatever the number of sequences
   * @param update seconds of an update
   * @param answer tokens of the mean answer
   */
  record Device(double step, double update, double answer) {

    Device of(String phase, double slower) {
      if (phase.equals(BALANCED)) {
        double longer = slower * Math.max(update, answer * step);
        return new Device(longer / answer, longer, answer);
      }
      return new Device(slower * step, slower * update, answer);
    }

    /**
     * How many times as fast as a synchronous loop one can be whose samples may be so old: an
     * update cannot follow another sooner than it takes, nor than a sampler with room for one batch
     * takes for a batch, nor may the longest answer to a task come later than so many updates after
     * it.
     */
    double limit(int staleness) {
      double synchronous = WorkedSums.LONGEST * step + update;
      double batch = Math.max(update, answer * step);
      return synchronous / Math.max(batch, synchronous / (staleness + 1));
    }

    Map<String, String> settings() {
      return Map.of(
          "millrace.rollout.least-step", Math.round(1000 * step) + "ms",
          "millrace.learner.least-update", Math.round(1000 * update) + "ms");
    }
  }

  private static void report(BenchRun run, String name, AsyncFigures one, AsyncFigures first) {
    say(
        run,
        "%s: %s %.3f after %.1f s (%.1f without evaluations), %d updates of %.3f s; learner idle"
            + " %.1f %%, rollout idle %.1f %%; staleness %.2f; %.1f ms a token step, %.0f ms"
            + " an update's computing; answers of %.1f tokens, %.0f at most; %.2f times the first,"
            + " %.2f without evaluations",
        name,
        one.reached() ? "reached" : "not reached, held out",
        one.accuracy(),
        one.seconds(),
        one.secondsTraining(),
        one.updates(),
        one.perUpdate(),
        100 * one.learnerIdle(),
        100 * one.rolloutIdle(),
        one.staleness(),
        1000 * one.stepSeconds(),
        1000 * one.updateSeconds(),
        one.lengthMean(),
        one.lengthMost(),
        first.seconds() / one.seconds(),
        first.secondsTraining() / one.secondsTraining());
    run.figures()
        .put(name + "_reached", one.reached() ? 1 : 0)
        .put(name + "_s", one.seconds())
        .put(name + "_training_s", one.secondsTraining())
        .put(name + "_updates", one.updates())
        .put(name + "_update_s", one.perUpdate())
        .put(name + "_learner_idle", one.learnerIdle())
        .put(name + "_rollout_idle", one.rolloutIdle())
        .put(name + "_step_ms", 1000 * one.stepSeconds())
        .put(name + "_computing_ms", 1000 * one.updateSeconds())
        .put(name + "_staleness", one.staleness())
        .put(name + "_length_mean", one.lengthMean())
        .put(name + "_length_most", one.lengthMost())
        .put(name + "_times", first.seconds() / one.seconds())
        .put(name + "_times_training", first.secondsTraining() / one.secondsTraining())
        .put(name + "_times_per_update", first.perUpdate() / one.perUpdate());
  }

  private static void report(BenchRun run, String name, Device device, int staleness) {
    say(
        run,
        "  with %.0f ms a token step and %.0f ms an update, %.2f times is the most that can be",
        1000 * device.step(),
        1000 * device.update(),
        device.limit(staleness));
    run.figures()
        .put(name + "_device_step_ms", 1000 * device.step())
        .put(name + "_device_update_ms", 1000 * device.update())
        .put(name + "_limit", device.limit(staleness));
  }

  private static void say(BenchRun run, String format, Object... args) {
    run.say(String.format(Locale.ROOT, format, args));
  }
}
