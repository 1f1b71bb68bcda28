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
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GatekeeperTest {

  private static final ApiKey KEY =
      ApiKey.parse("portal:" + HexFormat.of().formatHex(ApiKey.hash("s3cret")) + ":hr|sales");

  @Test
  void header_is_believed_from_loopback_only() {
    Gatekeeper keeper = new Gatekeeper(List.of(), HeaderTrust.LOOPBACK);
    assertThat(keeper.admit(null, "hr, sales", true).principals()).containsOnly("hr", "sales");
    assertThat(keeper.admit(null, "hr", false)).isEqualTo(Caller.ANONYMOUS);
    assertThat(keeper.admit("Bearer anything", null, true).principals()).isEmpty();
    assertThat(new Gatekeeper(List.of(), HeaderTrust.NEVER).admit(null, "hr", true).principals())
        .isEmpty();
  }

  @Test
  void everybody_is_nothing_to_ask_for() {
    Gatekeeper keeper = new Gatekeeper(List.of(), HeaderTrust.ALWAYS);
    assertThat(keeper.admit(null, "*, ,*", false).principals()).isEmpty();
    assertThat(new Caller("x", Set.of("*")).maySee(List.of("hr"))).isFalse();
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
  void roles_are_the_keys_own_and_a_key_without_is_a_readers() {
    String hash = HexFormat.of().formatHex(ApiKey.hash("s3cret"));
    assertThat(KEY.roles()).containsOnly(Role.READER);
    Gatekeeper keeper =
        new Gatekeeper(
            List.of(ApiKey.parse("loader:" + hash + "::producer|operator")), HeaderTrust.NEVER);
    Caller caller = keeper.admit("Bearer s3cret", null, true);
    assertThat(caller.in(Role.PRODUCER)).isSameAs(caller);
    assertThatThrownBy(() -> caller.in(Role.READER))
        .isInstanceOfSatisfying(Refusal.class, r -> assertThat(r.status()).isEqualTo(403))
        .hasMessageContaining("reader");
    assertThatThrownBy(() -> ApiKey.parse("x:" + hash + "::king"))
        .hasMessageContaining("'king'")
        .hasMessageNotContaining(hash);
  }

  @Test
  void without_keys_this_machine_may_do_all_and_others_what_settings_say() {
    Gatekeeper keeper = new Gatekeeper(List.of(), HeaderTrust.LOOPBACK, Set.of(Role.READER));
    assertThat(keeper.admit(null, null, true).roles()).containsOnly(Role.values());
    assertThat(keeper.admit(null, null, false).roles()).containsOnly(Role.READER);
  }

  @ParameterizedTest
  @CsvSource({
    "localhost:8080, , true",
    "LOCALHOST, http://localhost:8080, true",
    "127.0.0.1:8080, http://127.0.0.1:8080, true",
    "[::1]:8080, , true",
    "app.localhost, , true",
    "evil.example, , false",
    "evil.example:8080, http://evil.example:8080, false",
    "localhost.evil.example, , false",
    "localhost:8080, https://evil.example, false",
    "localhost:8080, null, false",
    "localhost:8080, file://, false",
  })
  void page_of_another_site_is_refused_where_no_key_guards(
      String host, String origin, boolean admitted) {
    Gatekeeper keeper = new Gatekeeper(List.of(), HeaderTrust.LOOPBACK);
    Visit visit = new Visit(null, null, host, origin, true);
    if (admitted) {
      assertThat(keeper.admit(visit).name()).isEqualTo("anonymous");
    } else {
      assertThatThrownBy(() -> keeper.admit(visit))
          .isInstanceOfSatisfying(Refusal.class, r -> assertThat(r.status()).isEqualTo(403));
    }
    Visit withKey = new Visit("Bearer s3cret", null, host, origin, true);
    assertThat(new Gatekeeper(List.of(KEY), HeaderTrust.NEVER).admit(withKey).name())
        .isEqualTo("portal");
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
