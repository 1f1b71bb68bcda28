package dev.millrace.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.runtime.Settings;
import dev.millrace.runtime.SettingsException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IndexSettingsTest {

  @Test
  void the_defaults_are_those_of_the_file() {
    Settings settings = Settings.of(Map.of());

    assertThat(IndexSettings.from(settings)).isEqualTo(IndexSettings.of(""));
    assertThat(OpenSearchSettings.from(settings).urls()).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({
    "millrace.opensearch.prefix,Team",
    "millrace.opensearch.prefix,-x",
    "millrace.opensearch.replicas,many",
    "millrace.opensearch.shards,0",
    "millrace.opensearch.refresh,soon",
    "millrace.opensearch.hybrid.lexical-weight,1.5",
    "millrace.opensearch.urls,localhost",
    "millrace.opensearch.user,somebody",
    "millrace.opensearch.tls.truststore,/no/such/file"
  })
  void a_wrong_value_is_named_in_one_line(String key, String value) {
    Settings settings = Settings.of(Map.of(key, value));

    assertThatThrownBy(
            () -> {
              IndexSettings.from(settings);
              OpenSearchSettings.from(settings);
            })
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining(key)
        .hasMessageNotContaining("\n");
  }

  @Test
  void a_password_is_never_printed() {
    var settings =
        OpenSearchSettings.from(
            Settings.of(
                Map.of(
                    "millrace.opensearch.user", "somebody",
                    "millrace.opensearch.password", "secret")));

    assertThat(settings.toString()).contains("somebody").doesNotContain("secret");
  }
}
