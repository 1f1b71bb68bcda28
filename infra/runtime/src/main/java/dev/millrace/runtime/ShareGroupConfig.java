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
            "share.auto.offset.reset", "earliest",
            "share.isolation.level", "read_committed",
            "share.record.lock.duration.ms", String.valueOf(settings.lock().toMillis()),
            "share.delivery.count.limit", String.valueOf(settings.brokerDeliveryLimit()),
            // With the broker's default of 1 s a member learns its partitions with its second
            // heartbeat: the first record comes 5 to 6 s after joining, instead of 0.1 to 0.5 s.
            "share.assignment.interval.ms", "0");
    try (var admin = Admin.create(adminConfig)) {
      // One by one: a broker takes all of a request or nothing.
      wanted.forEach((name, value) -> set(admin, settings.group(), name, value));
    }
  }

  private static void set(Admin admin, String group, String name, String value) {
    var resource = new ConfigResource(ConfigResource.Type.GROUP, group);
    var change = new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET);
    try {
      admin
          .incrementalAlterConfigs(Map.of(resource, List.of(change)))
          .all()
          .get(REQUEST.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      if (!isRefusal(e.getCause())) {
        throw e.getCause() instanceof KafkaException kafka
            ? kafka
            : new KafkaException(e.getCause());
      }
      LOG.warn(
          "share group {} keeps the broker's {}, wanted {} error=\"{}\"",
          group,
          name,
          value,
          e.getCause().getMessage());
    } catch (TimeoutException e) {
      throw new org.apache.kafka.common.errors.TimeoutException(
          "the broker did not take %s of share group %s within %d s"
              .formatted(name, group, REQUEST.toSeconds()));
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }

  private static boolean isRefusal(Throwable cause) {
    return cause instanceof AuthorizationException
        || cause instanceof InvalidConfigurationException;
  }
}
