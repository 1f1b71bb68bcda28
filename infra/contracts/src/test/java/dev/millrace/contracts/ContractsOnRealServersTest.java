package dev.millrace.contracts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contracts.avro.Document;
import dev.millrace.contracts.registry.RegistryException;
import dev.millrace.contracts.registry.RegistrySettings;
import dev.millrace.contracts.registry.SchemaRegistry;
import dev.millrace.devstack.ServerKind;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Topics and schemas against a real broker and a real registry. */
@WithServers({ServerKind.KAFKA, ServerKind.REGISTRY})
class ContractsOnRealServersTest {

  private final Servers servers;
  private SchemaRegistry registry;
  private Topics topics;

  ContractsOnRealServersTest(Servers servers) {
    this.servers = servers;
  }

  @BeforeEach
  void openRegistry() {
    registry = new SchemaRegistry(RegistrySettings.of(servers.endpoints().registry()));
    topics = new Topics(servers.uniquePrefix(), 2);
  }

  private Admin admin() {
    return Admin.create(Map.of("bootstrap.servers", servers.endpoints().kafkaBootstrap()));
  }

  private List<Provisioner.Report> provision(Admin admin, List<Topic<?>> wanted) {
    return new Provisioner(admin, registry, Duration.ofSeconds(30)).provision(wanted);
  }

  @Test
  void all_topics_are_created_once_with_their_settings_and_schemas() {
    try (var admin = admin()) {
      assertThat(provision(admin, topics.all())).allMatch(Provisioner.Report::created);
      assertThat(provision(admin, topics.all()))
          .noneMatch(Provisioner.Report::created)
          .allMatch(report -> report.differences().isEmpty());
    }
    assertThat(registry.byId(registry.idOf(topics.chunks().subject(), topics.chunks().schema())))
        .isEqualTo(topics.chunks().schema());
  }

  @Test
  void an_existing_topic_is_reported_and_left_as_it_is() throws Exception {
    var documents = topics.documents();
    try (var admin = admin()) {
      admin
          .createTopics(List.of(new NewTopic(documents.name(), Optional.of(5), Optional.empty())))
          .all()
          .get();

      var report = provision(admin, List.of(documents)).getFirst();

      assertThat(report.created()).isFalse();
      assertThat(report.differences()).containsKeys("partitions", "cleanup.policy");
      assertThat(report.toString()).contains("partitions is 5 (declared 2)", "left as it is");
      assertThat(
              admin
                  .describeTopics(List.of(documents.name()))
                  .allTopicNames()
                  .get()
                  .get(documents.name())
                  .partitions())
          .hasSize(5);
    }
  }

  @Test
  void a_new_optional_field_is_accepted_and_old_and_new_records_read_each_other()
      throws IOException {
    var documents = topics.documents();
    try (var admin = admin()) {
      provision(admin, List.of(documents));
    }
    Schema wider =
        withField(
            documents.schema(),
            ",{\"name\":\"author\",\"type\":[\"null\",\"string\"],\"default\":null}");

    int id = registry.register(documents.subject(), wider);

    // A record of tomorrow's producer, read by today's code: the new field is skipped.
    var record = new GenericData.Record(wider);
    record.put("id", "a");
    record.put("content", ByteBuffer.wrap(new byte[] {1}));
    record.put("metadata", Map.of());
    record.put("acl", List.of());
    record.put("sentAt", 5L);
    record.put("author", "somebody");
    Document read = new AvroSerde<>(registry, documents).read(wire(id, wider, record));
    assertThat(read.getId()).isEqualTo("a");
    assertThat(read.getSentAt()).isEqualTo(5L);
  }

  @Test
  void a_new_required_field_is_refused() {
    var documents = topics.documents();
    try (var admin = admin()) {
      provision(admin, List.of(documents));
    }
    Schema demanding = withField(documents.schema(), ",{\"name\":\"author\",\"type\":\"string\"}");

    assertThatThrownBy(() -> registry.register(documents.subject(), demanding))
        .isInstanceOf(RegistryException.Incompatible.class)
        .hasMessageContaining(documents.subject());
  }

  private static Schema withField(Schema schema, String field) {
    String json = schema.toString();
    int end = json.lastIndexOf(']');
    return new Schema.Parser().parse(json.substring(0, end) + field + json.substring(end));
  }

  private static byte[] wire(int id, Schema schema, GenericData.Record record) throws IOException {
    var out = new ByteArrayOutputStream();
    out.writeBytes(ByteBuffer.allocate(5).put((byte) 0).putInt(id).array());
    var encoder = EncoderFactory.get().binaryEncoder(out, null);
    new GenericDatumWriter<GenericData.Record>(schema).write(record, encoder);
    encoder.flush();
    return out.toByteArray();
  }
}
