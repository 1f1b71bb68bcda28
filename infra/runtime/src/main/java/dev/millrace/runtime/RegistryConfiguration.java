package dev.millrace.runtime;

import dev.millrace.contracts.registry.RegistrySettings;
import java.util.List;

/** Reads {@code millrace.registry.*}. */
final class RegistryConfiguration {

  private RegistryConfiguration() {}

  static RegistrySettings from(Settings settings) {
    List<java.net.URI> urls = settings.addresses("millrace.registry.urls");
    if (urls.isEmpty()) {
      throw new SettingsException(
          "millrace.registry.urls is not set: give the schema registry's address");
    }
    return new RegistrySettings(
        urls,
        settings.optional("millrace.registry.user"),
        settings.optional("millrace.registry.password"),
        Tls.context(settings, "millrace.registry.tls."),
        settings.duration("millrace.registry.timeout"),
        settings.duration("millrace.registry.deadline"),
        settings.flag("millrace.registry.auto-register"));
  }
}
