package dev.millrace.contracts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.millrace.contracts.WireFormatException.Reason;
import dev.millrace.contracts.avro.Document;
import dev.millrace.contracts.registry.RegistryException;
import dev.millrace.contracts.registry.SchemaRegistry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AvroSerdeTest {

  private LocalRegistry registry;
  private AvroSerde<Document> serde;

  @BeforeEach
  void openSerde() throws IOException {
    registry = new LocalRegistry();
    serde =
        new AvroSerde<>(
            new SchemaRegistry(registry.settings(Duration.ofSeconds(5))),
            new Topics("t.").documents());
  }

  @AfterEach
  void closeRegistry() {
    registry.close();
  }

  private static Document document() {
    return new Document(
        "a/b",
        ByteBuffer.wrap("text".getBytes(StandardCharsets.UTF_8)),
        "text/plain",
        null,
        "Title",
        null,
        Map.of("k", "v"),
        List.of("team"),
        17L);
  }

  @Test
  void what_is_written_is_read_again() {
    byte[] bytes = serde.serializer().serialize("ignored", document());

    assertThat(bytes).startsWith(0, 0, 0, 0, 1);
    assertThat(serde.deserializer().deserialize("ignored", bytes)).isEqualTo(document());
  }

  @Test
  void a_null_stays_null() {
    assertThat(serde.serializer().serialize("ignored", null)).isNull();
    assertThat(serde.deserializer().deserialize("ignored", null)).isNull();
  }

  @Test
  void the_registry_is_asked_once_for_many_records() {
    for (int i = 0; i < 100; i++) {
      serde.read(serde.write(document()));
    }

    assertThat(registry.requests).hasValue(2);
  }

  @Test
  void credentials_are_sent() {
    serde.write(document());

    assertThat(registry.lastAuthorization()).isEqualTo("Basic cmVhZGVyOnNlY3JldA==");
  }

  @Test
  void bytes_that_are_not_wire_format_are_named_so() {
    assertThat(reasonOf("{\"id\":1}".getBytes(StandardCharsets.UTF_8)))
        .isEqualTo(Reason.NOT_WIRE_FORMAT);
    assertThat(reasonOf(new byte[0])).isEqualTo(Reason.NOT_WIRE_FORMAT);
    assertThat(reasonOf(new byte[] {0, 0, 0})).isEqualTo(Reason.NOT_WIRE_FORMAT);
  }

  @Test
  void an_unknown_schema_id_is_named_so() {
    assertThat(reasonOf(new byte[] {0, 0, 0, 0, 99, 1, 2})).isEqualTo(Reason.UNKNOWN_SCHEMA);
  }

  @Test
  void truncated_and_overlong_records_are_unreadable() {
    byte[] bytes = serde.write(document());

    assertThat(reasonOf(Arrays.copyOf(bytes, bytes.length - 3)))
        .isEqualTo(Reason.UNREADABLE_RECORD);
    assertThat(reasonOf(Arrays.copyOf(bytes, bytes.length + 3)))
        .isEqualTo(Reason.UNREADABLE_RECORD);
  }

  @Test
  void a_length_field_of_gigabytes_is_refused_before_memory_is_taken() {
    serde.write(document());
    // Schema 1, then a string whose length claims 2^31 - 1 bytes.
    byte[] poisoned = {0, 0, 0, 0, 1, (byte) 0xfe, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x0f};

    assertThat(reasonOf(poisoned)).isEqualTo(Reason.UNREADABLE_RECORD);
  }

  @Test
  void a_registry_that_starts_late_is_waited_for() {
    registry.failures.set(3);

    assertThat(serde.read(serde.write(document()))).isEqualTo(document());
  }

  @Test
  void a_registry_that_stays_away_is_unavailable_and_not_the_records_fault() {
    registry.failures.set(Integer.MAX_VALUE);
    var impatient =
        new AvroSerde<>(
            new SchemaRegistry(registry.settings(Duration.ofMillis(300))),
            new Topics("").documents());

    assertThatThrownBy(() -> impatient.write(document()))
        .isInstanceOf(RegistryException.Unavailable.class)
        .hasMessageContaining(registry.url().toString());
  }

  private Reason reasonOf(byte[] bytes) {
    return catchThrowableOfType(WireFormatException.class, () -> serde.read(bytes)).reason();
  }
}
