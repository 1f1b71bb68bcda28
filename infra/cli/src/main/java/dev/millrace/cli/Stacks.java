package dev.millrace.cli;

import dev.millrace.devstack.DevStackOptions;
import dev.millrace.devstack.HttpEndpoint;
import dev.millrace.devstack.KafkaEndpoint;
import dev.millrace.runtime.Settings;
import java.nio.file.Path;

/** Settings turned into what the development stack is started with. */
final class Stacks {

  private Stacks() {}

  /** All servers of our own but those that the operator points at. */
  static DevStackOptions options(ServerOptions options, Settings settings) {
    var stack = DevStackOptions.in(options.data());
    if (options.pointsElsewhere("millrace.kafka.bootstrap")) {
      stack =
          stack.withExternalKafka(
              new KafkaEndpoint(
                  settings.text("millrace.kafka.bootstrap"),
                  settings.below("millrace.kafka.client.")));
    }
    if (options.pointsElsewhere("millrace.registry.urls")) {
      stack = stack.withExternalRegistry(endpoint(settings, "millrace.registry."));
    }
    if (options.pointsElsewhere("millrace.opensearch.urls")) {
      stack = stack.withExternalOpenSearch(endpoint(settings, "millrace.opensearch."));
    }
    return stack;
  }

  private static HttpEndpoint endpoint(Settings settings, String prefix) {
    return new HttpEndpoint(
        settings.addresses(prefix + "urls").getFirst(),
        settings
            .optional(prefix + "user")
            .map(
                user -> new HttpEndpoint.Credentials(user, settings.text(prefix + "password", ""))),
        settings
            .optional(prefix + "tls.truststore")
            .map(
                file ->
                    new HttpEndpoint.Truststore(
                        Path.of(file), settings.text(prefix + "tls.truststore-password", ""))));
  }
}
