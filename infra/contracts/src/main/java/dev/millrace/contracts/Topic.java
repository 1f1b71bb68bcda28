package dev.millrace.contracts;

import java.util.Objects;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;

/**
 * A topic of the log, with the type of its values. Keys are UTF-8 strings everywhere.
 *
 * @param name the name on the broker, prefix included
 * @param valueType an Avro record class, or {@code byte[].class} for raw bytes
 * @param settings how it is created
 */
public record Topic<V>(String name, Class<V> valueType, TopicSettings settings) {

  public Topic {
    Objects.requireNonNull(valueType, "valueType");
    Objects.requireNonNull(settings, "settings");
    if (!name.matches("[a-zA-Z0-9._-]{1,249}")) {
      throw new IllegalArgumentException(
          "topic name '" + name + "' may hold letters, digits, '.', '_' and '-' only, 249 at most");
    }
  }

  /** True when values are Avro records and have a schema in the registry. */
  public boolean isAvro() {
    return SpecificRecord.class.isAssignableFrom(valueType);
  }

  /** The registry's name for the schema of the values. */
  public String subject() {
    return name + "-value";
  }

  /** The schema that this build writes. */
  public Schema schema() {
    if (!isAvro()) {
      throw new IllegalStateException("topic " + name + " carries raw bytes: it has no schema");
    }
    return SpecificData.get().getSchema(valueType);
  }

  /** This topic with another number of partitions. */
  public Topic<V> withPartitions(int number) {
    return new Topic<>(name, valueType, settings.withPartitions(number));
  }
}
