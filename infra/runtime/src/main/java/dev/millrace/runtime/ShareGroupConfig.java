package dev.millrace.runtime;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The broker-side settings of a share group. They must stand before its first member joins: where
 * the group begins to read is decided once.
 */
final class ShareGroupConfig {

  private static final Logger LOG = LoggerFactory.getLogger(ShareGroupConfig.class);
  private static final Duration REQUEST = Duration.ofSeconds(10);

  private ShareGroupConfig() {}

  /**
   * Sets them. A broker that refuses is warned of and the group is used as it stands.
   *
   * @throws KafkaException when the broker does not answer
   */
  static void apply(Map<String, Object> adminConfig, ShareSettings settings) {
    var wanted =
        Map.of(
            "share.auto.offset.reset",
            "earliest",
            "share.isolation.level",
            "read_committed",
            "share.record.lock.duration.ms",
            String.valueOf(settings.lock().toMillis()),
            "share.delivery.count.limit",
            String.valueOf(settings.brokerDeliveryLimit()));
    set(adminConfig, settings, wanted);
    // With the broker's default of 1 s a member learns its partitions with its second heartbeat: it
    // gets its first record 5 to 6 s after joining, instead of 0.1 to 0.5 s.
    set(adminConfig, settings, Map.of("share.assignment.interval.ms", "0"));
  }

  private static void set(
      Map<String, Object> adminConfig, ShareSettings settings, Map<String, String> wanted) {
    var group = new ConfigResource(ConfigResource.Type.GROUP, settings.group());
    List<AlterConfigOp> changes =
        wanted.entrySet().stream()
            .map(
                e ->
                    new AlterConfigOp(
                        new ConfigEntry(e.getKey(), e.getValue()), AlterConfigOp.OpType.SET))
            .toList();
    try (var admin = Admin.create(adminConfig)) {
      admin
          .incrementalAlterConfigs(Map.of(group, changes))
          .all()
          .get(REQUEST.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      refusedOrThrown(settings, wanted, e.getCause());
    } catch (TimeoutException e) {
      throw new org.apache.kafka.common.errors.TimeoutException(
          "the broker did not take the settings of share group %s within %d s"
              .formatted(settings.group(), REQUEST.toSeconds()));
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }

  private static void refusedOrThrown(
      ShareSettings settings, Map<String, String> wanted, Throwable cause) {
    if (cause instanceof AuthorizationException || cause instanceof InvalidConfigurationException) {
      LOG.warn(
          "share group {} keeps the broker's settings; ask for {} error=\"{}\"",
          settings.group(),
          wanted,
          cause.getMessage());
      return;
    }
    throw cause instanceof KafkaException kafka ? kafka : new KafkaException(cause);
  }
}
