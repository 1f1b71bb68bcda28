package dev.millrace.policy.bench;

import dev.millrace.contracts.Provisioner;
import dev.millrace.contracts.Topic;
import dev.millrace.runtime.Settings;
import dev.millrace.runtime.StageContext;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;

/** Topics of policies under a prefix of their own, gone when closed. */
final class BenchTopics implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  final StageContext context;
  private final Admin admin;
  private final List<Topic<?>> topics;

  BenchTopics(Map<String, String> settings) {
    Map<String, String> values = new HashMap<>(settings);
    values.put(
        "millrace.topics.prefix",
        "bench-" + Long.toString(System.currentTimeMillis(), Character.MAX_RADIX) + "-");
    context = StageContext.of(Settings.load(Optional.empty(), values), new SimpleMeterRegistry());
    topics = List.of(context.topics().policyWeights(), context.topics().policyVersions());
    admin = Admin.create(context.kafka().admin("policy-bench"));
    new Provisioner(admin, context.registry(), PATIENCE).provision(topics);
  }

  @Override
  public void close() {
    try {
      admin
          .deleteTopics(topics.stream().<String>map(Topic::name).toList())
          .all()
          .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new KafkaException("the topics of the benchmark were not deleted: " + e, e);
    } catch (InterruptedException e) {
      throw new InterruptException("interrupted while topics were deleted", e);
    } finally {
      admin.close(Duration.ofSeconds(5));
    }
  }
}
