package dev.millrace.rollout;

import dev.millrace.contracts.avro.Message;
import dev.millrace.contracts.avro.RolloutTask;
import dev.millrace.contracts.avro.Sampling;
import dev.millrace.models.generate.GeneratedSequence;
import dev.millrace.models.generate.GeneratedSequence.Finish;
import dev.millrace.models.generate.GenerationRequest;
import dev.millrace.models.generate.NonFiniteLogitsException;
import dev.millrace.models.generate.SamplingParams;
import dev.millrace.models.tokenizer.TokenizerException;
import dev.millrace.policy.PolicyText;
import dev.millrace.runtime.RetriableException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/** Samples the group of one task. Safe for any number of threads; each waits for its own group. */
final class GroupSampler {

  /** How often a waiting thread looks whether the engine still lives. */
  private static final long LOOK_MILLIS = 1_000;

  private static final int LARGEST_GROUP = 4_096;

  private final Policies policies;
  private final Duration versionWait;
  private final AtomicLong requests = new AtomicLong();

  GroupSampler(Policies policies, Duration versionWait) {
    this.policies = policies;
    this.versionWait = versionWait;
  }

  /**
   * Returns the whole group.
   *
   * @throws TaskFailedException when no worker could sample it
   * @throws RetriableException when this worker cannot do so now
   * @throws InterruptedException when the task is no longer ours; its slots are freed
   */
  SampledGroup sample(RolloutTask task) throws InterruptedException {
    long taken = System.currentTimeMillis();
    requireSize(task);
    requireText(task);
    params(task.getSampling(), Set.of());
    try (PolicySampler.Lease lease = policies.lease(task, patience(task, taken))) {
      SamplingEngine engine = lease.engine();
      int[] prompt = prompt(task, engine);
      var times = new GroupTimes(taken, task.getGroupSize());
      List<GeneratedSequence> sequences = await(engine, request(task, prompt, engine), times);
      List<String> texts = sequences.stream().map(s -> engine.text().text(s.tokens())).toList();
      return new SampledGroup(prompt, sequences, texts, times);
    } catch (RetriableException e) {
      requireTime(task); // what is held up here may be out of time by now
      throw e;
    }
  }

  private static void requireTime(RolloutTask task) {
    long late = System.currentTimeMillis() - task.getDeadlineAt();
    if (late >= 0) {
      throw new TaskFailedException(
          TaskFailure.EXPIRED, "its deadline passed %d ms before it was begun".formatted(late));
    }
  }

  private Duration patience(RolloutTask task, long now) {
    requireTime(task);
    return Duration.ofMillis(Math.min(versionWait.toMillis(), task.getDeadlineAt() - now));
  }

  private static void requireSize(RolloutTask task) {
    if (task.getGroupSize() < 1 || task.getGroupSize() > LARGEST_GROUP) {
      throw new TaskFailedException(
          TaskFailure.BAD_SAMPLING,
          "groupSize must be from 1 to %d, not %d".formatted(LARGEST_GROUP, task.getGroupSize()));
    }
  }

  private static void requireText(RolloutTask task) {
    if (task.getMessages().stream().map(Message::getContent).allMatch(String::isEmpty)) {
      throw new TaskFailedException(
          TaskFailure.EMPTY_PROMPT,
          "the prompt has no text in %d messages".formatted(task.getMessages().size()));
    }
  }

  private static SamplingParams params(Sampling sampling, Set<Integer> stopTokens) {
    try {
      return new SamplingParams(
          sampling.getTemperature(),
          sampling.getTopK(),
          sampling.getTopP(),
          sampling.getMinP(),
          sampling.getRepetitionPenalty(),
          sampling.getMaxTokens(),
          stopTokens,
          sampling.getStop(),
          sampling.getSeed(),
          0);
    } catch (IllegalArgumentException e) {
      throw new TaskFailedException(TaskFailure.BAD_SAMPLING, e.getMessage());
    }
  }

  private static int[] prompt(RolloutTask task, SamplingEngine engine) {
    int[] prompt;
    try {
      prompt = engine.text().prompt(task.getMessages());
    } catch (IllegalArgumentException | TokenizerException e) {
      throw new TaskFailedException(TaskFailure.PROMPT_NOT_EXPRESSIBLE, e.getMessage());
    }
    if (prompt.length >= engine.context()) {
      throw new TaskFailedException(
          TaskFailure.PROMPT_TOO_LONG,
          "a prompt of %d tokens leaves no room in the context of %d"
              .formatted(prompt.length, engine.context()));
    }
    return prompt;
  }

  /** Its name is new at every try: an earlier try of the task may still be leaving the engine. */
  private GenerationRequest request(RolloutTask task, int[] prompt, SamplingEngine engine) {
    PolicyText text = engine.text();
    return GenerationRequest.of(
        task.getTaskId() + "#" + requests.incrementAndGet(),
        prompt,
        task.getGroupSize(),
        params(task.getSampling(), text.stopTokens()));
  }

  private static List<GeneratedSequence> await(
      SamplingEngine engine, GenerationRequest request, GroupTimes times)
      throws InterruptedException {
    try {
      List<GeneratedSequence> group = await(engine, engine.submit(request, times));
      if (group.stream().anyMatch(s -> s.finish() == Finish.CANCELLED)) {
        throw new RetriableException("task " + request.id() + " was broken off", null);
      }
      return group;
    } catch (RejectedExecutionException e) {
      throw new RetriableException(e.getMessage(), e);
    } catch (InterruptedException e) {
      engine.cancel(request.id());
      throw e;
    }
  }

  private static List<GeneratedSequence> await(
      SamplingEngine engine, CompletableFuture<List<GeneratedSequence>> future)
      throws InterruptedException {
    while (true) {
      try {
        return future.get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        if (!engine.alive() && !future.isDone()) {
          throw new RetriableException("the engine has ended", e);
        }
      } catch (ExecutionException e) {
        throw failure(e.getCause());
      }
    }
  }

  private static RuntimeException failure(Throwable cause) {
    return switch (cause) {
      case NonFiniteLogitsException e ->
          new TaskFailedException(TaskFailure.NON_FINITE_LOGITS, e.getMessage());
      case IllegalArgumentException e ->
          new TaskFailedException(TaskFailure.BAD_SAMPLING, e.getMessage());
      // The engine is full, or was closed for another.
      case IllegalStateException e -> new RetriableException(e.getMessage(), e);
      case RuntimeException e -> e;
      default -> new IllegalStateException(cause);
    };
  }
}
