package dev.millrace.monitor.recent;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.Topic;
import dev.millrace.contracts.avro.PolicyVersion;
import dev.millrace.contracts.registry.SchemaRegistry;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** The policy versions that were published lately. */
public final class VersionBook {

  private static final int MOST = 500;

  /** A published version without its bytes and files. */
  public record Version(
      String policy,
      long version,
      String run,
      long step,
      String kind,
      long bytes,
      String sha256,
      long publishedAt) {}

  private final AvroSerde<PolicyVersion> serde;
  private final Ring<Version> versions = new Ring<>(MOST);

  public VersionBook(SchemaRegistry registry, Topic<PolicyVersion> topic) {
    this.serde = new AvroSerde<>(registry, topic);
  }

  /** Takes note of a record of {@code policy-versions}. */
  public void note(ConsumerRecord<byte[], byte[]> record) {
    if (record.value() == null) {
      return; // a version that was pruned
    }
    PolicyVersion version = serde.read(record.value());
    versions.add(
        new Version(
            version.getPolicy(),
            version.getVersion(),
            version.getRun(),
            version.getStep(),
            version.getKind().name(),
            version.getBytes(),
            version.getSha256(),
            version.getPublishedAt()));
  }

  /** Newest first. */
  public List<Version> versions() {
    return versions.newestFirst();
  }

  /** The newest version of a policy. */
  public Optional<Version> newest(String policy) {
    return versions.newestFirst().stream()
        .filter(version -> version.policy().equals(policy))
        .findFirst();
  }
}
