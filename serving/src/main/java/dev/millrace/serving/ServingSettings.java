package dev.millrace.serving;

import dev.millrace.runtime.Settings;
import dev.millrace.runtime.SettingsException;
import dev.millrace.serving.access.ApiKey;
import dev.millrace.serving.access.Gatekeeper;
import dev.millrace.serving.access.Gatekeeper.HeaderTrust;
import dev.millrace.serving.access.Role;
import dev.millrace.serving.extractive.AnswerSettings;
import dev.millrace.serving.retrieval.RetrievalSettings;
import dev.millrace.serving.retrieval.SearchMode;
import dev.millrace.serving.retrieval.SearchSettings;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How this process serves; every key is explained in {@code millrace-defaults.properties}.
 *
 * @param mode how passages are matched unless a request says otherwise
 * @param documented generating models that get the documents where a request does not say
 * @param atWork most requests that are worked on at a time
 * @param waiting most requests that wait for that
 * @param patience how long one may wait
 * @param deadline until an answer must be complete
 * @param keepAlive silence on a stream after which a comment is sent
 * @param maxBody most bytes of a request body
 * @param openRoles of callers from other machines where no keys are configured
 * @param requestsPerMinute of one caller; 0: no limit
 * @param failuresPerMinute unknown keys from one address; 0: no limit
 */
public record ServingSettings(
    SearchMode mode,
    SearchSettings search,
    RetrievalSettings retrieval,
    AnswerSettings answers,
    Set<String> documented,
    int atWork,
    int waiting,
    Duration patience,
    Duration deadline,
    Duration keepAlive,
    int maxBody,
    List<ApiKey> keys,
    HeaderTrust headerTrust,
    Set<Role> openRoles,
    int requestsPerMinute,
    int failuresPerMinute) {

  private static final String KEYS = "millrace.serving.api-keys";
  private static final String OPEN = "millrace.serving.allow-open";

  public ServingSettings {
    keys = List.copyOf(keys);
    documented = Set.copyOf(documented);
    openRoles = Set.copyOf(openRoles);
  }

  /**
   * Reads {@code millrace.serving.*} and {@code millrace.http.host}.
   *
   * @throws SettingsException in one line, when a value is wrong, or when the server would be open
   *     to other machines without a key
   */
  public static ServingSettings from(Settings settings) {
    List<ApiKey> keys = settings.list(KEYS).stream().map(ServingSettings::key).toList();
    Set<String> names = new HashSet<>();
    for (ApiKey key : keys) {
      if (!names.add(key.name())) {
        throw new SettingsException(KEYS + " has two keys called '" + key.name() + "'");
      }
    }
    String host = settings.text("millrace.http.host", "127.0.0.1");
    if (keys.isEmpty() && !settings.flag(OPEN) && !isLoopback(host)) {
      throw new SettingsException(
          "millrace.http.host is '%s', which other machines can reach, but %s is not set: set keys, use 127.0.0.1, or set %s=true to serve everybody"
              .formatted(host, KEYS, OPEN));
    }
    return new ServingSettings(
        settings.choice("millrace.serving.search.mode", SearchMode.class),
        new SearchSettings(
            settings.choice("millrace.serving.search.fusion", SearchSettings.Fusion.class),
            settings.decimal("millrace.serving.search.title-weight", 0, 100),
            settings.decimal("millrace.serving.search.headings-weight", 0, 100),
            settings.integer("millrace.serving.search.candidates", 1, 1_000)),
        RetrievalSettings.from(settings),
        new AnswerSettings(
            settings.integer("millrace.serving.extractive.passages", 1, 100),
            settings.integer("millrace.serving.extractive.sentences", 1, 20),
            settings.decimal("millrace.serving.extractive.own-coverage", 0, 1),
            settings.decimal("millrace.serving.extractive.supported-coverage", 0, 1)),
        new HashSet<>(settings.list("millrace.serving.documents")),
        settings.integer("millrace.serving.requests.at-work", 1, 10_000),
        settings.integer("millrace.serving.requests.waiting", 0, 100_000),
        settings.duration("millrace.serving.requests.patience"),
        settings.duration("millrace.serving.requests.deadline"),
        settings.duration("millrace.serving.stream.keep-alive"),
        settings.integer("millrace.serving.max-body-bytes", 1_024, 1 << 30),
        keys,
        settings.choice("millrace.serving.trust-principal-header", HeaderTrust.class),
        openRoles(settings),
        settings.integer("millrace.serving.rate.requests-per-minute", 0, 1_000_000),
        settings.integer("millrace.serving.rate.failures-per-minute", 0, 1_000_000));
  }

  private static Set<Role> openRoles(Settings settings) {
    String key = "millrace.serving.open-roles";
    try {
      return settings.list(key).stream().map(Role::of).collect(Collectors.toSet());
    } catch (IllegalArgumentException e) {
      throw new SettingsException(key + ": " + e.getMessage());
    }
  }

  /** Who decides who asks. */
  public Gatekeeper gatekeeper() {
    return new Gatekeeper(keys, headerTrust, openRoles);
  }

  private static ApiKey key(String written) {
    try {
      return ApiKey.parse(written);
    } catch (IllegalArgumentException e) {
      throw new SettingsException(KEYS + ": " + e.getMessage());
    }
  }

  private static boolean isLoopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }
}
