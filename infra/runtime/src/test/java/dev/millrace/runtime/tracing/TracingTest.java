package dev.millrace.runtime.tracing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.millrace.runtime.Settings;
import dev.millrace.runtime.SettingsException;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.zip.GZIPInputStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class TracingTest {

  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String PARENT = "00-" + TRACE + "-00f067aa0ba902b7-01";

  private static Settings settings(Map<String, String> more) {
    Map<String, String> all = new HashMap<>(more);
    all.putIfAbsent("millrace.tracing.endpoint", "http://127.0.0.1:1");
    return Settings.of(all);
  }

  private static ConsumerRecord<byte[], byte[]> record(String traceparent) {
    var record =
        new ConsumerRecord<>("chunks", 3, 17, "doc".getBytes(StandardCharsets.UTF_8), new byte[1]);
    if (traceparent != null) {
      record.headers().add("traceparent", traceparent.getBytes(StandardCharsets.UTF_8));
    }
    return record;
  }

  private static String carried(RecordHeaders headers) {
    var header = headers.lastHeader("traceparent");
    return header == null ? null : new String(header.value(), StandardCharsets.UTF_8);
  }

  @Test
  void off_by_default_it_passes_on_what_a_record_carries_and_invents_nothing() {
    Tracing off = Tracing.from(Settings.of(Map.of()));
    var with = new RecordHeaders();
    var without = new RecordHeaders();

    off.inject(off.process("embed", record(PARENT)).startSpan(), with);
    off.inject(off.process("embed", record(null)).startSpan(), without);
    off.inject(Span.current(), without);
    off.inject(off.send("ingest", "documents", null, Context.root()).startSpan(), without);

    assertThat(off.isOn()).isFalse();
    assertThat(carried(with)).isEqualTo(PARENT);
    assertThat(without).isEmpty();
  }

  @Test
  void span_of_the_work_on_a_record_is_a_child_of_what_the_record_carries() {
    var spans = InMemorySpanExporter.create();
    var next = new RecordHeaders();
    next.add("traceparent", "something old".getBytes(StandardCharsets.UTF_8));
    Tracing tracing = Tracing.into(spans);
    Span begun = tracing.process("embed", record(PARENT)).startSpan();
    tracing.inject(begun, next);
    begun.end();

    var span = spans.getFinishedSpanItems().getFirst();
    assertThat(span.getTraceId()).isEqualTo(TRACE);
    assertThat(span.getParentSpanId()).isEqualTo("00f067aa0ba902b7");
    assertThat(span.getAttributes().asMap().toString())
        .contains("messaging.destination.name=chunks", "messaging.kafka.offset=17", "doc", "embed");
    assertThat(carried(next)).isEqualTo("00-" + TRACE + "-" + span.getSpanId() + "-01");
  }

  @Test
  void header_that_is_no_trace_context_begins_a_trace_of_its_own() {
    var spans = InMemorySpanExporter.create();
    Tracing tracing = Tracing.into(spans);
    for (String broken : List.of("", "00-zz-1-01", "\u0000", "00-" + "0".repeat(32) + "-1-01")) {
      tracing.process("embed", record(broken)).startSpan().end();
    }

    assertThat(spans.getFinishedSpanItems())
        .hasSize(4)
        .allSatisfy(span -> assertThat(span.getParentSpanContext().isValid()).isFalse());
  }

  @Test
  void spans_reach_a_collector_as_otlp_with_its_headers() throws Exception {
    List<ExportTraceServiceRequest> received = new CopyOnWriteArrayList<>();
    List<String> keys = new CopyOnWriteArrayList<>();
    HttpServer collector =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    collector.createContext(
        "/v1/traces",
        exchange -> {
          keys.add(exchange.getRequestHeaders().getFirst("Authorization"));
          received.add(
              ExportTraceServiceRequest.parseFrom(new GZIPInputStream(exchange.getRequestBody())));
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    collector.start();
    String address = "http://127.0.0.1:" + collector.getAddress().getPort();
    try (Tracing tracing =
        Tracing.from(
            settings(
                Map.of(
                    "millrace.tracing.endpoint", address,
                    "millrace.tracing.header.Authorization", "Bearer secret",
                    "millrace.instance", "embed-1")))) {
      tracing.process("embed", record(PARENT)).startSpan().end();
      tracing.close();
      Awaitility.await().until(() -> !received.isEmpty());
    } finally {
      collector.stop(0);
    }

    var resource = received.getFirst().getResourceSpans(0);
    assertThat(resource.getResource().toString()).contains("embed-1", "service.name", "millrace");
    assertThat(resource.getScopeSpans(0).getSpans(0).getName()).isEqualTo("process chunks");
    assertThat(keys).containsExactly("Bearer secret");
  }

  @Test
  void collector_that_is_away_costs_spans_and_nothing_else() {
    Tracing tracing = Tracing.from(settings(Map.of("millrace.tracing.timeout", "500ms")));
    for (int i = 0; i < 10_000; i++) {
      tracing.process("embed", record(null)).startSpan().end();
    }

    tracing.close();

    assertThat(tracing.process("embed", record(null)).startSpan().isRecording()).isFalse();
  }

  @Test
  void part_of_the_traces_is_kept_where_that_is_wanted_but_never_part_of_a_trace() {
    try (Tracing none = Tracing.from(settings(Map.of("millrace.tracing.ratio", "0")))) {
      Span begun = none.send("ingest", "documents", null, Context.root()).startSpan();
      Span child = none.process("embed", record(PARENT)).startSpan();
      var headers = new RecordHeaders();
      none.inject(begun, headers);

      assertThat(begun.getSpanContext().isSampled()).isFalse();
      assertThat(carried(headers)).as("the stages after it must know").endsWith("-00");
      assertThat(child.getSpanContext().isSampled()).isTrue();
    }
  }

  @Test
  void wrong_settings_are_named() {
    assertThatThrownBy(
            () -> Tracing.from(settings(Map.of("millrace.tracing.endpoint", "collector:4318"))))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("millrace.tracing.endpoint");
    assertThatThrownBy(() -> Tracing.from(settings(Map.of("millrace.tracing.ratio", "2"))))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("millrace.tracing.ratio");
  }
}
