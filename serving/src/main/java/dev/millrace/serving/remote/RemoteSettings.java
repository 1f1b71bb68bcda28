package dev.millrace.serving.remote;

import dev.millrace.runtime.Settings;
import dev.millrace.runtime.SettingsException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Another server whose model answers here.
 *
 * @param base ends before {@code /chat/completions}, as clients want it: {@code
 *     https://api.example.org/v1}
 * @param model what that server calls the model
 * @param apiKey sent to that server alone
 * @param connect until a connection stands
 * @param deadline until an answer is complete
 */
public record RemoteSettings(
    URI base,
    String model,
    Optional<String> apiKey,
    Duration connect,
    Duration deadline,
    int atWork,
    int waiting,
    Duration patience) {

  private static final String PREFIX = "millrace.serving.remote.";

  /**
   * Reads {@code millrace.serving.remote.*}; empty without an address.
   *
   * @throws SettingsException in one line, if an address has no model, or several are given
   */
  public static Optional<RemoteSettings> from(Settings settings) {
    List<URI> bases = settings.addresses(PREFIX + "url");
    if (bases.isEmpty()) {
      return Optional.empty();
    }
    if (bases.size() > 1) {
      throw new SettingsException(PREFIX + "url has " + bases.size() + " addresses: give one");
    }
    return Optional.of(
        new RemoteSettings(
            bases.get(0),
            settings.text(PREFIX + "model"),
            settings.optional(PREFIX + "api-key"),
            settings.duration(PREFIX + "connect-timeout"),
            settings.duration("millrace.serving.requests.deadline"),
            settings.integer(PREFIX + "at-work", 1, 10_000),
            settings.integer(PREFIX + "waiting", 0, 100_000),
            settings.duration("millrace.serving.requests.patience")));
  }

  /** The address of a resource. */
  URI at(String path) {
    String text = base.toString();
    return URI.create((text.endsWith("/") ? text.substring(0, text.length() - 1) : text) + path);
  }

  /** Without the key. */
  @Override
  public String toString() {
    return "RemoteSettings[" + base + ", " + model + "]";
  }
}
