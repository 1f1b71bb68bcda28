package dev.millrace.cli;

import dev.millrace.runtime.Settings;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/**
 * Which servers a command speaks to: those named by options, else those of settings, else those of
 * the instance that runs from the data folder.
 */
public final class ServerOptions {

  @Option(
      scope = ScopeType.INHERIT,
      names = "--data",
      paramLabel = "DIR",
      description = "Folder for data and logs (default: ${DEFAULT-VALUE}).",
      defaultValue = "${env:MILLRACE_DATA:-.millrace}")
  private Path data;

  @Option(
      scope = ScopeType.INHERIT,
      names = "--kafka",
      paramLabel = "HOST:PORT",
      description = "An existing Kafka, instead of our own.")
  private String kafka;

  @Option(
      scope = ScopeType.INHERIT,
      names = "--registry",
      paramLabel = "URL",
      description = "An existing schema registry (Confluent-compatible API).")
  private URI registry;

  @Option(
      scope = ScopeType.INHERIT,
      names = "--opensearch",
      paramLabel = "URL",
      description = "An existing OpenSearch.")
  private URI openSearch;

  @Option(
      scope = ScopeType.INHERIT,
      names = "--config",
      paramLabel = "FILE",
      description = "A properties file of settings.")
  private Path config;

  private Map<String, String> overrides = new LinkedHashMap<>();

  @Option(
      scope = ScopeType.INHERIT,
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "One setting; may be given several times.")
  private void set(Map<String, String> more) { // before the command's name as after it
    if (more != null) {
      overrides.putAll(more);
    }
  }

  /** The same servers, with data in another folder. */
  ServerOptions in(Path folder) {
    var other = new ServerOptions();
    other.data = folder;
    other.kafka = kafka;
    other.registry = registry;
    other.openSearch = openSearch;
    other.config = config;
    other.overrides = overrides;
    return other;
  }

  /** The same, with other defaults for some settings. */
  public ServerOptions preferring(Map<String, String> defaults) {
    ServerOptions other = in(data);
    other.overrides = new LinkedHashMap<>(overrides);
    defaults.forEach(
        (key, value) -> {
          if (!pointsElsewhere(key)) {
            other.overrides.put(key, value);
          }
        });
    return other;
  }

  Path data() {
    return data.toAbsolutePath().normalize();
  }

  Optional<Path> config() {
    return Optional.ofNullable(config);
  }

  Optional<Instance> instance() {
    return Instance.running(data());
  }

  /** Settings of a command that joins servers which run already. */
  Settings settings() {
    Map<String, String> all = new TreeMap<>();
    if (kafka == null && registry == null && openSearch == null) {
      instance()
          .ifPresent(
              instance ->
                  instance
                      .settings()
                      .forEach(
                          (key, value) -> {
                            if (given().optional(key).equals(defaults().optional(key))) {
                              all.put(key, value);
                            }
                          }));
    }
    all.putAll(explicit());
    return Settings.load(config(), all);
  }

  /** Settings before anything of ours was started. */
  Settings given() {
    if (config != null && !Files.isReadable(config)) {
      throw new dev.millrace.runtime.SettingsException(
          "--config names " + config + ", which cannot be read");
    }
    return Settings.load(config(), explicit());
  }

  private static Settings defaults() {
    return Settings.of(Map.of());
  }

  /** What was said on the command line, as settings. */
  Map<String, String> explicit() {
    Map<String, String> all = new TreeMap<>(overrides);
    if (kafka != null) {
      all.put("millrace.kafka.bootstrap", kafka);
    }
    if (registry != null) {
      all.put("millrace.registry.urls", registry.toString());
    }
    if (openSearch != null) {
      all.put("millrace.opensearch.urls", openSearch.toString());
    }
    return all;
  }

  /** True when this key has a value other than its default: the operator points at a server. */
  boolean pointsElsewhere(String key) {
    return !given().optional(key).equals(defaults().optional(key));
  }
}
