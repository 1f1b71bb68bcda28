package dev.millrace.contracts;

import dev.millrace.contracts.WireFormatException.Reason;
import dev.millrace.contracts.registry.RegistryException;
import dev.millrace.contracts.registry.SchemaRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serializer;

/**
 * Avro records in Confluent wire format: a zero byte, the schema's id in four bytes (big endian),
 * the Avro binary encoding. A null stays null.
 *
 * <p>Reading resolves the writer's schema against ours. A record that cannot be read raises {@link
 * WireFormatException}; a registry that does not answer raises {@link
 * RegistryException.Unavailable}, and then the same record may be read later.
 *
 * <p>Serializer and deserializer are safe for any number of threads.
 */
public final class AvroSerde<V> implements Serde<V> {

  private static final byte MAGIC = 0;
  private static final int HEADER = 5;

  static {
    AvroTrust.establish();
  }

  private final SchemaRegistry registry;
  private final String topic;
  private final String subject;
  private final Schema schema;
  private final SpecificData data;
  private final SpecificDatumWriter<V> writer;
  private final Map<Integer, SpecificDatumReader<V>> readers = new ConcurrentHashMap<>();

  /** A serde for the values of one Avro topic. */
  public AvroSerde(SchemaRegistry registry, Topic<V> topic) {
    this.registry = registry;
    this.topic = topic.name();
    this.subject = topic.subject();
    this.schema = topic.schema();
    // By the loader of our own records: containers may have others, with classes of the same names.
    this.data = new SpecificData(topic.valueType().getClassLoader());
    this.writer = new SpecificDatumWriter<>(schema, data);
  }

  @Override
  public Serializer<V> serializer() {
    return (ignored, value) -> value == null ? null : write(value);
  }

  @Override
  public Deserializer<V> deserializer() {
    return (ignored, bytes) -> bytes == null ? null : read(bytes);
  }

  /** The wire format of {@code value}. */
  public byte[] write(V value) {
    int id = registry.idOf(subject, schema);
    var out = new ByteArrayOutputStream(512);
    out.writeBytes(ByteBuffer.allocate(HEADER).put(MAGIC).putInt(id).array());
    try {
      var encoder = EncoderFactory.get().binaryEncoder(out, null);
      writer.write(value, encoder);
      encoder.flush();
    } catch (IOException | AvroRuntimeException | NullPointerException | ClassCastException e) {
      throw new WireFormatException(
          Reason.UNREADABLE_RECORD, "cannot write to " + topic + ": " + e.getMessage(), e);
    }
    return out.toByteArray();
  }

  /** The value that {@code bytes} encode. */
  public V read(byte[] bytes) {
    if (bytes.length < HEADER || bytes[0] != MAGIC) {
      throw new WireFormatException(
          Reason.NOT_WIRE_FORMAT,
          "a record on %s is not in wire format: %d bytes%s"
              .formatted(
                  topic,
                  bytes.length,
                  bytes.length == 0 ? "" : ", the first is " + (bytes[0] & 0xff) + " instead of 0"),
          null);
    }
    int id = ByteBuffer.wrap(bytes, 1, 4).getInt();
    try {
      BinaryDecoder decoder =
          DecoderFactory.get().binaryDecoder(bytes, HEADER, bytes.length - HEADER, null);
      V value = reader(id).read(null, decoder);
      if (!decoder.isEnd()) {
        throw new WireFormatException(
            Reason.UNREADABLE_RECORD,
            "a record on " + topic + " of schema " + id + " has bytes left over",
            null);
      }
      return value;
    } catch (RegistryException.NotFound e) {
      throw new WireFormatException(
          Reason.UNKNOWN_SCHEMA, "a record on " + topic + " names unknown schema id " + id, e);
    } catch (RegistryException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      if (e instanceof WireFormatException known) {
        throw known;
      }
      throw new WireFormatException(
          Reason.UNREADABLE_RECORD,
          "a record on %s of schema %d cannot be read: %s".formatted(topic, id, e.getMessage()),
          e);
    }
  }

  private SpecificDatumReader<V> reader(int id) {
    SpecificDatumReader<V> known = readers.get(id);
    if (known == null) {
      known = new SpecificDatumReader<>(registry.byId(id), schema, data);
      readers.put(id, known);
    }
    return known;
  }
}
