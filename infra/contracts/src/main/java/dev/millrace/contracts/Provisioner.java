package dev.millrace.contracts;

import dev.millrace.contracts.registry.SchemaRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Creates topics and registers their schemas. An existing topic is never changed: where it differs
 * from its declaration, the report says how, and what to do about it is the operator's decision.
 */
public final class Provisioner {

  /** What was found or done for one topic. */
  public record Report(String topic, boolean created, Map<String, Difference> differences) {

    /** Declared and actual value of one setting, {@code partitions} among them. */
    public record Difference(String declared, String actual) {}

    @Override
    public String toString() {
      if (created) {
        return topic + ": created";
      }
      return differences.isEmpty()
          ? topic + ": exists"
          : topic
              + ": exists with other settings, left as it is: "
              + differences.entrySet().stream()
                  .map(
                      e ->
                          "%s is %s (declared %s)"
                              .formatted(
                                  e.getKey(), e.getValue().actual(), e.getValue().declared()))
                  .collect(Collectors.joining(", "));
    }
  }

  private static final String COMPATIBILITY = "BACKWARD";

  private final Admin admin;
  private final SchemaRegistry registry;
  private final Duration deadline;

  /**
   * @param deadline of every single request to the broker
   */
  public Provisioner(Admin admin, SchemaRegistry registry, Duration deadline) {
    this.admin = Objects.requireNonNull(admin, "admin");
    this.registry = Objects.requireNonNull(registry, "registry");
    this.deadline = Objects.requireNonNull(deadline, "deadline");
  }

  /**
   * Creates the topics that do not exist and registers the schemas of all, with the rule that new
   * schemas must read old records. Safe to call from several processes at once.
   *
   * @return one report a topic, in the order given
   */
  public List<Report> provision(Collection<Topic<?>> topics) {
    var reports = new ArrayList<Report>();
    for (Topic<?> topic : topics) {
      reports.add(provision(topic));
    }
    for (Topic<?> topic : topics) {
      if (topic.isAvro()) {
        registry.idOf(topic.subject(), topic.schema());
        registry.setCompatibility(topic.subject(), COMPATIBILITY);
      }
    }
    return List.copyOf(reports);
  }

  private Report provision(Topic<?> topic) {
    if (create(topic)) {
      return new Report(topic.name(), true, Map.of());
    }
    return new Report(topic.name(), false, differences(topic));
  }

  private boolean create(Topic<?> topic) {
    if (describe(topic.name()).isPresent()) {
      return false;
    }
    var request =
        new NewTopic(topic.name(), Optional.of(topic.settings().partitions()), Optional.empty())
            .configs(topic.settings().config());
    try {
      await(admin.createTopics(List.of(request)).all(), "create topic " + topic.name());
      return true;
    } catch (TopicExistsException e) {
      return false; // another process was faster
    }
  }

  private Optional<TopicDescription> describe(String name) {
    try {
      return Optional.of(
          await(
              admin.describeTopics(List.of(name)).topicNameValues().get(name),
              "describe topic " + name));
    } catch (UnknownTopicOrPartitionException e) {
      return Optional.empty();
    }
  }

  private Map<String, Report.Difference> differences(Topic<?> topic) {
    var found = new TreeMap<String, Report.Difference>();
    describe(topic.name())
        .map(description -> description.partitions().size())
        .filter(partitions -> partitions != topic.settings().partitions())
        .ifPresent(
            partitions ->
                found.put(
                    "partitions",
                    new Report.Difference(
                        String.valueOf(topic.settings().partitions()),
                        String.valueOf(partitions))));
    var resource = new ConfigResource(ConfigResource.Type.TOPIC, topic.name());
    var config =
        await(
            admin.describeConfigs(List.of(resource)).values().get(resource),
            "describe the settings of topic " + topic.name());
    topic
        .settings()
        .config()
        .forEach(
            (name, declared) -> {
              var entry = config.get(name);
              if (entry != null && !declared.equals(entry.value())) {
                found.put(name, new Report.Difference(declared, entry.value()));
              }
            });
    return found;
  }

  private <T> T await(KafkaFuture<T> future, String what) {
    try {
      return future.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(what + ": " + e.getCause().getMessage(), e.getCause());
    } catch (TimeoutException e) {
      throw new org.apache.kafka.common.errors.TimeoutException(
          what + ": the broker did not answer within " + deadline.toSeconds() + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new org.apache.kafka.common.errors.InterruptException(what);
    }
  }
}
