package dev.millrace.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsTest {

  enum Colour {
    DARK_RED,
    BLUE
  }

  private static Settings with(String key, String value) {
    return Settings.of(Map.of(key, value));
  }

  @Test
  void every_key_has_the_default_of_the_documented_file() {
    assertThat(Settings.of(Map.of()).text("millrace.kafka.bootstrap")).isEqualTo("localhost:9092");
  }

  @Test
  void an_override_beats_the_default() {
    assertThat(with("millrace.kafka.bootstrap", "k:1").text("millrace.kafka.bootstrap"))
        .isEqualTo("k:1");
  }

  @Test
  void the_command_line_beats_the_file(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("m.properties"), "a.x=1\na.y=2\n");
    var settings = Settings.load(Optional.of(file), Map.of("a.y", "3"));

    assertThat(settings.text("a.x")).isEqualTo("1");
    assertThat(settings.text("a.y")).isEqualTo("3");
  }

  @Test
  void a_missing_file_is_named(@TempDir Path folder) {
    assertThatThrownBy(
            () -> Settings.load(Optional.of(folder.resolve("none.properties")), Map.of()))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("none.properties");
  }

  @Test
  void numbers_outside_their_range_are_refused_with_key_value_and_range() {
    assertThatThrownBy(() -> with("a", "11").integer("a", 1, 10))
        .isInstanceOf(SettingsException.class)
        .hasMessage("a is '11' but must be a whole number from 1 to 10");
    assertThatThrownBy(() -> with("a", "ten").integer("a", 1, 10)).hasMessageContaining("'ten'");
    assertThatThrownBy(() -> with("a", "NaN").decimal("a", 0, 1)).hasMessageContaining("'NaN'");
    assertThat(with("a", "10").integer("a", 1, 10)).isEqualTo(10);
  }

  @Test
  void times_are_read_as_people_write_them() {
    assertThat(with("a", "250ms").duration("a")).isEqualTo(Duration.ofMillis(250));
    assertThat(with("a", "10s").duration("a")).isEqualTo(Duration.ofSeconds(10));
    assertThat(with("a", "5m").duration("a")).isEqualTo(Duration.ofMinutes(5));
    assertThat(with("a", "PT1H").duration("a")).isEqualTo(Duration.ofHours(1));
    assertThatThrownBy(() -> with("a", "soon").duration("a")).hasMessageContaining("'soon'");
    assertThatThrownBy(() -> with("a", "-1s").duration("a")).hasMessageContaining("'-1s'");
  }

  @Test
  void choices_list_what_is_allowed() {
    assertThat(with("a", "dark-red").choice("a", Colour.class)).isEqualTo(Colour.DARK_RED);
    assertThatThrownBy(() -> with("a", "green").choice("a", Colour.class))
        .hasMessageContaining("one of dark-red, blue");
  }

  @Test
  void addresses_must_be_http() {
    assertThat(with("a", "http://x:1, https://y:2").addresses("a")).hasSize(2);
    assertThatThrownBy(() -> with("a", "localhost:9200").addresses("a"))
        .hasMessageContaining("localhost:9200");
  }

  @Test
  void settings_of_kafka_clients_pass_through() {
    var settings = with("millrace.kafka.client.security.protocol", "SASL_SSL");

    assertThat(KafkaSettings.from(settings).client("c"))
        .containsEntry("security.protocol", "SASL_SSL")
        .containsEntry("client.id", "c");
  }

  @Test
  void a_blank_value_is_not_set() {
    assertThat(with("a", "  ").optional("a")).isEmpty();
    assertThatThrownBy(() -> with("a", " ").text("a")).hasMessageContaining("a is not set");
  }
}
