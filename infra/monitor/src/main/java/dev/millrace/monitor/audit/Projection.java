package dev.millrace.monitor.audit;

import dev.millrace.contracts.Topic;
import dev.millrace.contracts.registry.RegistryException;
import dev.millrace.contracts.registry.SchemaRegistry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;

/**
 * Reads some fields of a topic's records and skips the rest: an audit looks at versions and ids,
 * not at texts and log-probabilities.
 */
final class Projection {

  private static final byte MAGIC = 0;
  private static final int HEADER = 5;

  private final SchemaRegistry registry;
  private final String topic;
  private final Schema wanted;
  private final Map<Integer, GenericDatumReader<GenericRecord>> readers = new HashMap<>();
  private BinaryDecoder decoder;

  /**
   * @param fields paths such as {@code group.samples.segments.version}; arrays and optional fields
   *     are walked through
   */
  Projection(SchemaRegistry registry, Topic<?> topic, String... fields) {
    this.registry = registry;
    this.topic = topic.name();
    this.wanted = subset(topic.schema(), List.of(fields));
  }

  /**
   * The wanted fields of a record.
   *
   * @throws UnreadableException when it cannot be read
   */
  GenericRecord read(byte[] bytes) {
    if (bytes.length < HEADER || bytes[0] != MAGIC) {
      throw new UnreadableException("a record on " + topic + " is not in wire format", null);
    }
    int id = ByteBuffer.wrap(bytes, 1, 4).getInt();
    try {
      decoder = DecoderFactory.get().binaryDecoder(bytes, HEADER, bytes.length - HEADER, decoder);
      return reader(id).read(null, decoder);
    } catch (RegistryException.NotFound e) {
      throw new UnreadableException("a record on " + topic + " names unknown schema id " + id, e);
    } catch (IOException | AvroRuntimeException | IndexOutOfBoundsException e) {
      throw new UnreadableException(
          "a record on %s of schema %d cannot be read: %s".formatted(topic, id, e.getMessage()), e);
    }
  }

  private GenericDatumReader<GenericRecord> reader(int id) {
    var known = readers.get(id);
    if (known == null) {
      known = new GenericDatumReader<>(registry.byId(id), wanted, new GenericData());
      readers.put(id, known);
    }
    return known;
  }

  private static Schema subset(Schema schema, List<String> paths) {
    return switch (schema.getType()) {
      case RECORD -> fields(schema, paths);
      case ARRAY -> Schema.createArray(subset(schema.getElementType(), paths));
      case UNION ->
          Schema.createUnion(schema.getTypes().stream().map(t -> subset(t, paths)).toList());
      default -> schema;
    };
  }

  private static Schema fields(Schema schema, List<String> paths) {
    if (paths.contains("")) {
      return schema;
    }
    List<Schema.Field> kept = new ArrayList<>();
    for (Schema.Field field : schema.getFields()) {
      List<String> below =
          paths.stream()
              .filter(path -> path.equals(field.name()) || path.startsWith(field.name() + "."))
              .map(path -> path.substring(Math.min(path.length(), field.name().length() + 1)))
              .toList();
      if (!below.isEmpty()) {
        Schema type = subset(field.schema(), below);
        kept.add(new Schema.Field(field.name(), type, field.doc(), field.defaultVal()));
      }
    }
    return Schema.createRecord(
        schema.getName(), schema.getDoc(), schema.getNamespace(), false, kept);
  }
}
