package dev.millrace.policy;

import dev.millrace.contracts.avro.PolicyVersion;
import dev.millrace.runtime.StageContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes old versions of a policy from the log: tombstones for their manifests, then the prefix of
 * {@code policy-weights} that no version needs which is left, of whatever policy. Which ones may go
 * is said by a rule: the newest ones stay ({@code millrace.policy.keep}), those that an open task
 * may need, those that are pinned, and what these apply to.
 *
 * <p>Safe beside publishers and other pruners; one that died in between is completed by the next. A
 * call takes some tens of milliseconds: make it now and then, not at every step.
 */
public final class PolicyPruner implements AutoCloseable {

  /**
   * What was done.
   *
   * @param versions numbers of the versions that were removed, the oldest first
   * @param deletedBefore the first offset of {@code policy-weights} that is left
   */
  public record Pruned(List<Long> versions, long deletedBefore) {}

  private static final Logger LOG = LoggerFactory.getLogger(PolicyPruner.class);
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final PolicySettings settings;
  private final ManifestLog log;
  private final TopicPartition weights;
  private final Admin admin;
  private final Producer<byte[], byte[]> producer;

  public PolicyPruner(StageContext context) {
    this.settings = PolicySettings.from(context.settings());
    this.log = new ManifestLog(context);
    this.weights =
        new TopicPartition(context.topics().policyWeights().name(), PolicyPublisher.PARTITION);
    this.admin = Admin.create(context.kafka().admin("policy-pruner"));
    this.producer =
        new KafkaProducer<>(
            context.kafka().producer("policy-pruner"),
            new ByteArraySerializer(),
            new ByteArraySerializer());
  }

  /**
   * Removes what may go. To be called outside of the caller's own transaction, which it would wait
   * for.
   *
   * @param oldestNeeded the oldest version that an open task may need; {@link Long#MAX_VALUE} if no
   *     task is open
   * @param pinned versions that are left whatever their age, beside those of {@code
   *     millrace.policy.pinned}
   * @throws PolicyException if Kafka does not answer in time; nothing is lost by trying again
   * @throws KafkaException as the clients raised it
   */
  public Pruned prune(String policy, long oldestNeeded, Set<Long> pinned) {
    Deadline deadline = Deadline.in(PATIENCE);
    Set<Long> all = new HashSet<>(pinned);
    all.addAll(settings.pinned().getOrDefault(policy, Set.of()));
    PruneRule rule = new PruneRule(settings.keep(), oldestNeeded, all);

    // The order matters. A version whose transaction is open now lies behind `stable`. One whose
    // transaction has ended for policy-weights, but perhaps not yet for policy-versions, has its
    // manifest before `end`; reading waits for it there.
    long stable = offset(weights, OffsetSpec.latest(), IsolationLevel.READ_COMMITTED, deadline);
    long end =
        offset(log.partition(), OffsetSpec.latest(), IsolationLevel.READ_UNCOMMITTED, deadline);
    NavigableMap<String, NavigableMap<Long, PolicyVersion>> manifests =
        log.readAll(OptionalLong.of(end), deadline);
    PruneRule.Plan plan = rule.plan(policy, manifests, weights.partition(), stable);

    // Manifests first: nobody is to find one whose bytes are gone. What is left undone by a crash
    // in between is part of the next prefix.
    List<Future<?>> tombstones = new ArrayList<>();
    for (long version : plan.versions()) {
      tombstones.add(
          producer.send(
              new ProducerRecord<>(
                  log.partition().topic(),
                  log.partition().partition(),
                  Keys.of(policy, version),
                  null)));
    }
    tombstones.forEach(sent -> await(sent, "writing tombstones", deadline));
    long first = offset(weights, OffsetSpec.earliest(), IsolationLevel.READ_UNCOMMITTED, deadline);
    if (plan.deleteBefore() > first) {
      await(
          admin
              .deleteRecords(Map.of(weights, RecordsToDelete.beforeOffset(plan.deleteBefore())))
              .all(),
          "deleting records",
          deadline);
      first = plan.deleteBefore();
    }
    if (!plan.versions().isEmpty()) {
      LOG.debug("pruned policy={} versions={} first_offset={}", policy, plan.versions(), first);
    }
    return new Pruned(plan.versions(), first);
  }

  private long offset(
      TopicPartition partition, OffsetSpec spec, IsolationLevel isolation, Deadline deadline) {
    return await(
            admin
                .listOffsets(Map.of(partition, spec), new ListOffsetsOptions(isolation))
                .partitionResult(partition),
            "asking for offsets of " + partition,
            deadline)
        .offset();
  }

  private static <T> T await(Future<T> future, String what, Deadline deadline) {
    try {
      return future.get(deadline.left().toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new PolicyException(
          PolicyException.Reason.TIMEOUT, "pruning: " + what + " took longer than " + deadline, e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new KafkaException(what + ": " + e.getCause(), e.getCause());
    } catch (InterruptedException e) {
      throw new InterruptException("interrupted: " + what, e);
    }
  }

  @Override
  public void close() {
    producer.close(Duration.ofSeconds(5));
    admin.close(Duration.ofSeconds(5));
  }
}
