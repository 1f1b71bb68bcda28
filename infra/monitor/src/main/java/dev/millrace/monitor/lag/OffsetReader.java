package dev.millrace.monitor.lag;

import dev.millrace.monitor.lag.Offsets.Group;
import dev.millrace.monitor.lag.Offsets.Position;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;

/**
 * Asks Kafka where groups and topics are, in four calls whatever their number: the groups, the
 * positions of consumer groups, those of share groups, the ends of all partitions. Topics of ours
 * and oldest offsets change seldom, and are asked for every {@value #SELDOM} rounds.
 *
 * <p>Not safe for several threads.
 */
public final class OffsetReader {

  private static final int SELDOM = 10;

  private final Admin admin;
  private final LagSettings settings;
  private final List<String> topics;
  private final Map<TopicPartition, Long> oldest = new HashMap<>();
  private final Set<TopicPartition> ours = new HashSet<>();
  private int round;
  private int calls;

  /**
   * @param admin stays its owner's to close
   * @param topics that are looked at even when no group reads them; those that do not exist are
   *     left out
   */
  public OffsetReader(Admin admin, LagSettings settings, Collection<String> topics) {
    this.admin = admin;
    this.settings = settings;
    this.topics = List.copyOf(topics);
  }

  /**
   * What Kafka says now.
   *
   * @throws KafkaException when it does not answer in time
   */
  public Offsets read() {
    calls = 0;
    boolean seldom = round++ % SELDOM == 0;
    if (seldom) {
      findTopics();
    }
    List<GroupListing> listed = listed();
    List<Group> groups = new ArrayList<>(listed.size());
    groups.addAll(consumers(listed));
    groups.addAll(shares(listed));
    Set<TopicPartition> partitions = new HashSet<>(ours);
    groups.forEach(group -> partitions.addAll(group.positions().keySet()));
    long asked = System.currentTimeMillis();
    Map<TopicPartition, Long> ends = ends(partitions, OffsetSpec.latest());
    long at = asked + (System.currentTimeMillis() - asked) / 2;
    oldest.keySet().retainAll(ends.keySet());
    if (seldom || !oldest.keySet().containsAll(ends.keySet())) {
      oldest.putAll(ends(ends.keySet(), OffsetSpec.earliest()));
    }
    return new Offsets(at, ends, Map.copyOf(oldest), List.copyOf(groups));
  }

  /** Questions that the last {@link #read} asked, and those of look-ups since. */
  int calls() {
    return calls;
  }

  private void findTopics() {
    calls++;
    ours.clear();
    var described = admin.describeTopics(topics).topicNameValues();
    described.forEach(
        (name, future) ->
            answerOrNull(future)
                .map(TopicDescription::partitions)
                .ifPresent(
                    all -> all.forEach(p -> ours.add(new TopicPartition(name, p.partition())))));
  }

  private List<GroupListing> listed() {
    calls++;
    return await(admin.listGroups().valid(), "list groups").stream()
        .filter(group -> settings.groups().matcher(group.groupId()).matches())
        .filter(OffsetReader::hasOffsets)
        .sorted(java.util.Comparator.comparing(GroupListing::groupId))
        .limit(settings.mostGroups())
        .toList();
  }

  /** Other protocols (Connect, registries) use groups too, for elections only. */
  private static boolean hasOffsets(GroupListing group) {
    return kind(group) == GroupKind.SHARE
        || kind(group) == GroupKind.STREAMS
        || group.protocol().isEmpty()
        || group.protocol().equals("consumer");
  }

  private static GroupKind kind(GroupListing group) {
    GroupType type = group.type().orElse(GroupType.CLASSIC);
    return switch (type) {
      case SHARE -> GroupKind.SHARE;
      case STREAMS -> GroupKind.STREAMS;
      default -> GroupKind.CONSUMER;
    };
  }

  private static String state(GroupListing group) {
    return group.groupState().map(Object::toString).orElse("Unknown");
  }

  private List<Group> consumers(List<GroupListing> listed) {
    Map<String, ListConsumerGroupOffsetsSpec> wanted = new HashMap<>();
    listed.stream()
        .filter(group -> kind(group) != GroupKind.SHARE)
        .forEach(group -> wanted.put(group.groupId(), new ListConsumerGroupOffsetsSpec()));
    if (wanted.isEmpty()) {
      return List.of();
    }
    calls++;
    var result = admin.listConsumerGroupOffsets(wanted);
    List<Group> groups = new ArrayList<>();
    for (GroupListing group : listed) {
      if (wanted.containsKey(group.groupId())) {
        answerOrNull(result.partitionsToOffsetAndMetadata(group.groupId()))
            .ifPresent(
                offsets -> {
                  Map<TopicPartition, Position> positions = new HashMap<>();
                  offsets.forEach(
                      (partition, offset) -> {
                        if (offset != null) {
                          positions.put(partition, Position.at(offset.offset()));
                        }
                      });
                  groups.add(new Group(group.groupId(), kind(group), state(group), positions));
                });
      }
    }
    return groups;
  }

  private List<Group> shares(List<GroupListing> listed) {
    Map<String, ListShareGroupOffsetsSpec> wanted = new HashMap<>();
    listed.stream()
        .filter(group -> kind(group) == GroupKind.SHARE)
        .forEach(group -> wanted.put(group.groupId(), new ListShareGroupOffsetsSpec()));
    if (wanted.isEmpty()) {
      return List.of();
    }
    calls++;
    var result = admin.listShareGroupOffsets(wanted);
    List<Group> groups = new ArrayList<>();
    for (GroupListing group : listed) {
      if (wanted.containsKey(group.groupId())) {
        answerOrNull(result.partitionsToOffsetInfo(group.groupId()))
            .ifPresent(
                offsets -> {
                  Map<TopicPartition, Position> positions = new HashMap<>();
                  offsets.forEach(
                      (partition, info) -> {
                        if (info != null && info.startOffset() >= 0) {
                          positions.put(
                              partition, new Position(info.startOffset(), info.lag().orElse(-1L)));
                        }
                      });
                  groups.add(new Group(group.groupId(), GroupKind.SHARE, state(group), positions));
                });
      }
    }
    return groups;
  }

  private Map<TopicPartition, Long> ends(Set<TopicPartition> partitions, OffsetSpec spec) {
    Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
    partitions.forEach(partition -> wanted.put(partition, spec));
    Map<TopicPartition, Long> ends = new HashMap<>();
    infos(wanted).forEach((partition, info) -> ends.put(partition, info.offset()));
    return ends;
  }

  /** Partitions of topics that are gone are left out. */
  private Map<TopicPartition, ListOffsetsResultInfo> infos(Map<TopicPartition, OffsetSpec> wanted) {
    if (wanted.isEmpty()) {
      return Map.of();
    }
    calls++;
    var result = admin.listOffsets(wanted);
    Map<TopicPartition, ListOffsetsResultInfo> infos = new HashMap<>();
    for (TopicPartition partition : wanted.keySet()) {
      answerOrNull(result.partitionResult(partition)).ifPresent(info -> infos.put(partition, info));
    }
    return infos;
  }

  /**
   * Asks what {@link LagModel#wantedLookUps} wants to know and tells the model, in one call.
   *
   * @param ends where partitions end now
   */
  void lookUp(LagModel model, Map<TopicPartition, Long> wanted, Map<TopicPartition, Long> ends) {
    Map<TopicPartition, OffsetSpec> specs = new HashMap<>();
    wanted.forEach((partition, time) -> specs.put(partition, OffsetSpec.forTimestamp(time)));
    infos(specs)
        .forEach(
            (partition, info) -> {
              long offset = info.offset() < 0 ? ends.get(partition) : info.offset();
              model.lookedUp(
                  partition,
                  wanted.get(partition),
                  offset,
                  info.offset() < 0 ? -1 : info.timestamp());
            });
  }

  /** Empty when Kafka refuses this one thing; a broker that is away is an error. */
  private <T> java.util.Optional<T> answerOrNull(KafkaFuture<T> future) {
    try {
      return java.util.Optional.ofNullable(await(future, "look at groups"));
    } catch (org.apache.kafka.common.errors.TimeoutException
        | org.apache.kafka.common.errors.AuthenticationException e) {
      throw e;
    } catch (KafkaException e) {
      return java.util.Optional.empty();
    }
  }

  private <T> T await(KafkaFuture<T> future, String what) {
    try {
      return future.get(settings.answer().toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof KafkaException kafka
          ? kafka
          : new KafkaException(what + ": " + e.getCause().getMessage(), e.getCause());
    } catch (TimeoutException e) {
      throw new org.apache.kafka.common.errors.TimeoutException(
          "Kafka did not answer within " + settings.answer().toMillis() + " ms: " + what, e);
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }
}
