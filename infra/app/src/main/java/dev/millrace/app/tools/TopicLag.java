package dev.millrace.app.tools;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.contracts.Topic;
import dev.millrace.runtime.StageContext;
import dev.millrace.serving.Refusal;
import dev.millrace.serving.mcp.LagSource;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/** Lag of the consumer groups of our topics, asked of Kafka when somebody wants to know. */
@Singleton
class TopicLag implements LagSource {

  private static final Duration DEADLINE = Duration.ofSeconds(5);

  private final StageContext context;

  TopicLag(StageContext context) {
    this.context = context;
  }

  @Override
  public ObjectNode lag() {
    try (Admin admin = Admin.create(context.kafka().admin("millrace-lag"))) {
      long end = System.nanoTime() + DEADLINE.toNanos();
      return describe(offsets(admin, end), admin, end);
    } catch (ExecutionException | TimeoutException | KafkaException e) {
      throw Refusal.unavailable(
          Duration.ofSeconds(2), "Kafka does not answer at the moment. Try again shortly.");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Refusal.unavailable(null, "The question was given up.");
    }
  }

  /** Where each group reads on, in our topics alone. */
  private Map<String, Map<TopicPartition, OffsetAndMetadata>> offsets(Admin admin, long end)
      throws ExecutionException, TimeoutException, InterruptedException {
    Set<String> ours = context.topics().all().stream().map(Topic::name).collect(Collectors.toSet());
    Map<String, ListConsumerGroupOffsetsSpec> groups = new HashMap<>();
    admin.listGroups().all().get(left(end), TimeUnit.NANOSECONDS).stream()
        .filter(group -> group.type().map(type -> type != GroupType.SHARE).orElse(true))
        .forEach(group -> groups.put(group.groupId(), new ListConsumerGroupOffsetsSpec()));
    Map<String, Map<TopicPartition, OffsetAndMetadata>> positions = new TreeMap<>();
    admin
        .listConsumerGroupOffsets(groups)
        .all()
        .get(left(end), TimeUnit.NANOSECONDS)
        .forEach(
            (group, all) -> {
              Map<TopicPartition, OffsetAndMetadata> kept = new HashMap<>(all);
              kept.entrySet()
                  .removeIf(e -> e.getValue() == null || !ours.contains(e.getKey().topic()));
              if (!kept.isEmpty()) {
                positions.put(group, kept);
              }
            });
    return positions;
  }

  private static ObjectNode describe(
      Map<String, Map<TopicPartition, OffsetAndMetadata>> positions, Admin admin, long end)
      throws ExecutionException, TimeoutException, InterruptedException {
    Set<TopicPartition> partitions = new HashSet<>();
    positions.values().forEach(all -> partitions.addAll(all.keySet()));
    Map<TopicPartition, ListOffsetsResultInfo> ends =
        admin
            .listOffsets(
                partitions.stream().collect(Collectors.toMap(p -> p, p -> OffsetSpec.latest())))
            .all()
            .get(left(end), TimeUnit.NANOSECONDS);
    ObjectNode answer = JsonNodeFactory.instance.objectNode();
    ArrayNode groups = answer.putArray("groups");
    positions.forEach(
        (group, all) -> {
          Map<String, Long> byTopic = new TreeMap<>();
          all.forEach(
              (partition, at) ->
                  byTopic.merge(
                      partition.topic(),
                      Math.max(0, ends.get(partition).offset() - at.offset()),
                      Long::sum));
          byTopic.forEach(
              (topic, lag) ->
                  groups.addObject().put("group", group).put("topic", topic).put("lag", lag));
        });
    return answer;
  }

  private static long left(long end) {
    return Math.max(0, end - System.nanoTime());
  }
}
