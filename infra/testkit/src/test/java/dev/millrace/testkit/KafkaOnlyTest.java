package dev.millrace.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.devstack.DevStackEndpoints;
import dev.millrace.devstack.ServerKind;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

@WithServers(ServerKind.KAFKA)
class KafkaOnlyTest {

  @Test
  void test_gets_a_kafka_that_answers(Servers servers) throws Exception {
    String topic = servers.uniquePrefix() + "topic";
    try (Admin admin = admin(servers.endpoints())) {
      admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all().get();

      assertThat(admin.listTopics().names().get()).contains(topic);
    }
  }

  @Test
  void prefixes_are_unique_and_fit_index_names(Servers servers) {
    assertThat(servers.uniquePrefix())
        .matches("[a-z][a-z0-9]*-")
        .isNotEqualTo(servers.uniquePrefix());
  }

  @Nested
  class Inner {
    @Test
    void nested_class_shares_the_servers(DevStackEndpoints endpoints, Servers servers) {
      assertThat(endpoints.kafkaBootstrap()).isEqualTo(servers.endpoints().kafkaBootstrap());
    }
  }

  @Test
  void parts_that_were_not_asked_for_are_missing_with_a_clear_word() {
    DevStackEndpoints kafkaOnly = new DevStackEndpoints("b:1", null, null);

    assertThatThrownBy(kafkaOnly::openSearch)
        .hasMessage("this stack was started without OpenSearch");
  }

  private static Admin admin(DevStackEndpoints endpoints) {
    return Admin.create(Map.of("bootstrap.servers", endpoints.kafkaBootstrap()));
  }
}
