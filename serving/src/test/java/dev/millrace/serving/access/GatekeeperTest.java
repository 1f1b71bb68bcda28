package dev.millrace.serving.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.runtime.Settings;
import dev.millrace.runtime.SettingsException;
import dev.millrace.serving.Refusal;
import dev.millrace.serving.ServingSettings;
import dev.millrace.serving.access.Gatekeeper.HeaderTrust;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GatekeeperTest {

  private static final ApiKey KEY =
      ApiKey.parse("portal:" + HexFormat.of().formatHex(ApiKey.hash("s3cret")) + ":hr|sales");

  @Test
  void header_is_believed_from_loopback_only() {
    Gatekeeper keeper = new Gatekeeper(List.of(), HeaderTrust.LOOPBACK);
    assertThat(keeper.admit(null, "hr, sales", true).principals()).containsOnly("hr", "sales");
    assertThat(keeper.admit(null, "hr", false)).isEqualTo(Caller.ANONYMOUS);
    assertThat(keeper.admit("Bearer anything", null, true)).isEqualTo(Caller.ANONYMOUS);
    assertThat(new Gatekeeper(List.of(), HeaderTrust.NEVER).admit(null, "hr", true).principals())
        .isEmpty();
  }

  @Test
  void everybody_is_nothing_to_ask_for() {
    Gatekeeper keeper = new Gatekeeper(List.of(), HeaderTrust.ALWAYS);
    assertThat(keeper.admit(null, "*, ,*", false).principals()).isEmpty();
    assertThat(new Caller("x", java.util.Set.of("*")).maySee(List.of("hr"))).isFalse();
    assertThat(Caller.ANONYMOUS.maySee(List.of())).isTrue();
    assertThat(Caller.ANONYMOUS.maySee(List.of("*"))).isTrue();
  }

  @Test
  void key_names_the_principals_and_the_header_adds_nothing() {
    Gatekeeper keeper = new Gatekeeper(List.of(KEY), HeaderTrust.LOOPBACK);
    Caller caller = keeper.admit("bearer s3cret", "boss", true);
    assertThat(caller.name()).isEqualTo("portal");
    assertThat(caller.principals()).containsOnly("hr", "sales");
  }

  @Test
  void gateway_with_a_key_may_name_somebody_else() {
    Gatekeeper keeper = new Gatekeeper(List.of(KEY), HeaderTrust.ALWAYS);
    assertThat(keeper.admit("Bearer s3cret", "alice", false).principals()).containsOnly("alice");
    assertThatThrownBy(() -> keeper.admit(null, "alice", false)).isInstanceOf(Refusal.class);
  }

  @Test
  void wrong_or_missing_key_is_401_from_loopback_too() {
    Gatekeeper keeper = new Gatekeeper(List.of(KEY), HeaderTrust.LOOPBACK);
    for (String header : new String[] {null, "", "Basic x", "Bearer ", "Bearer wrong"}) {
      assertThatThrownBy(() -> keeper.admit(header, "hr", true))
          .isInstanceOfSatisfying(Refusal.class, r -> assertThat(r.status()).isEqualTo(401));
    }
  }

  @Test
  void server_open_to_other_machines_without_a_key_does_not_start() {
    assertThatThrownBy(
            () -> ServingSettings.from(Settings.of(Map.of("millrace.http.host", "0.0.0.0"))))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("0.0.0.0")
        .hasMessageContaining("millrace.serving.api-keys");
    assertThat(
            ServingSettings.from(
                    Settings.of(
                        Map.of(
                            "millrace.http.host",
                            "0.0.0.0",
                            "millrace.serving.allow-open",
                            "true")))
                .keys())
        .isEmpty();
  }

  @Test
  void badly_written_key_is_named_but_not_shown() {
    assertThatThrownBy(
            () ->
                ServingSettings.from(
                    Settings.of(Map.of("millrace.serving.api-keys", "portal:topsecret:hr"))))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("portal")
        .hasMessageNotContaining("topsecret");
  }
}
