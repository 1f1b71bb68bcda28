package dev.millrace.runtime.tracing;

import dev.millrace.runtime.Settings;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * Where spans go.
 *
 * @param endpoint of a collector that takes OTLP over HTTP, with its path
 * @param ratio part of the traces that begin here which is kept
 * @param timeout of one export
 * @param queue most spans that wait for their export
 * @param headers of every export
 * @param service name of the service
 * @param instance name of this process
 */
record TracingSettings(
    URI endpoint,
    double ratio,
    Duration timeout,
    int queue,
    Map<String, String> headers,
    String service,
    String instance) {

  private static final String PATH = "/v1/traces";

  /** Empty when there is to be no tracing. */
  static Optional<TracingSettings> from(Settings settings) {
    return settings.addresses("millrace.tracing.endpoint").stream()
        .findFirst()
        .map(
            address ->
                new TracingSettings(
                    complete(address),
                    settings.decimal("millrace.tracing.ratio", 0, 1),
                    settings.duration("millrace.tracing.timeout"),
                    settings.integer("millrace.tracing.queue", 1, 1_000_000),
                    settings.below("millrace.tracing.header."),
                    settings.text("millrace.tracing.service"),
                    settings.text("millrace.instance")));
  }

  private static URI complete(URI address) {
    return address.getPath().replace("/", "").isEmpty() ? address.resolve(PATH) : address;
  }
}
