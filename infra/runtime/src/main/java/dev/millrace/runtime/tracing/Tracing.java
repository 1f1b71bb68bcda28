package dev.millrace.runtime.tracing;

import dev.millrace.runtime.Settings;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapPropagator;
import io.opentelemetry.context.propagation.TextMapSetter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/**
 * Makes spans, and carries their context from stage to stage in the headers of records, as <a
 * href="https://www.w3.org/TR/trace-context/">W3C trace context</a> ({@code traceparent}). Names
 * and attributes follow OpenTelemetry's conventions for messaging. Safe for any number of threads.
 *
 * <p>A stage that works on a record has a span {@code process TOPIC}, a child of the span whose
 * context the record carries; what it writes because of the record carries its own.
 */
public final class Tracing implements AutoCloseable {

  /** Makes no spans. What a record carries is passed on to what follows from it all the same. */
  public static final Tracing OFF = new Tracing(null);

  private static final TextMapPropagator PROPAGATOR = W3CTraceContextPropagator.getInstance();
  private static final AttributeKey<String> STAGE = AttributeKey.stringKey("millrace.stage");
  private static final AttributeKey<String> SYSTEM = AttributeKey.stringKey("messaging.system");
  private static final AttributeKey<String> TYPE =
      AttributeKey.stringKey("messaging.operation.type");
  private static final AttributeKey<String> TOPIC =
      AttributeKey.stringKey("messaging.destination.name");
  private static final AttributeKey<String> PARTITION =
      AttributeKey.stringKey("messaging.destination.partition.id");
  private static final AttributeKey<Long> OFFSET = AttributeKey.longKey("messaging.kafka.offset");
  private static final AttributeKey<String> KEY =
      AttributeKey.stringKey("messaging.kafka.message.key");
  private static final AttributeKey<String> WHY = AttributeKey.stringKey("exception.message");
  private static final int LONGEST_KEY = 256;
  private static final int FLUSH_SECONDS = 5;

  private static final TextMapGetter<Headers> READ =
      new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(Headers headers) {
          List<String> names = new ArrayList<>();
          headers.forEach(header -> names.add(header.key()));
          return names;
        }

        @Override
        public String get(Headers headers, String name) {
          Header header = headers.lastHeader(name);
          return header == null || header.value() == null
              ? null
              : new String(header.value(), StandardCharsets.UTF_8);
        }
      };

  private static final TextMapSetter<Headers> WRITE =
      (headers, name, value) ->
          headers.remove(name).add(name, value.getBytes(StandardCharsets.UTF_8));

  private static final TextMapGetter<UnaryOperator<String>> ASK =
      new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(UnaryOperator<String> headers) {
          return PROPAGATOR.fields();
        }

        @Override
        public String get(UnaryOperator<String> headers, String name) {
          return headers.apply(name);
        }
      };

  private final SdkTracerProvider provider;
  private final Tracer tracer;

  private Tracing(SdkTracerProvider provider) {
    this.provider = provider;
    this.tracer =
        provider == null
            ? OpenTelemetry.noop().getTracer("dev.millrace")
            : provider.get("dev.millrace");
  }

  /**
   * As the settings {@code millrace.tracing.*} want it; opens no connection yet. What waits for its
   * export when the process ends is exported then.
   *
   * @throws dev.millrace.runtime.SettingsException when one of them is wrong
   */
  public static Tracing from(Settings settings) {
    return TracingSettings.from(settings).map(Tracing::to).orElse(OFF);
  }

  private static Tracing to(TracingSettings settings) {
    var exporter =
        OtlpHttpSpanExporter.builder()
            .setEndpoint(settings.endpoint().toString())
            .setTimeout(settings.timeout())
            .setCompression("gzip");
    settings.headers().forEach(exporter::addHeader);
    SpanProcessor processor =
        BatchSpanProcessor.builder(exporter.build())
            .setMaxQueueSize(settings.queue())
            .setMaxExportBatchSize(Math.min(512, settings.queue()))
            .setExporterTimeout(settings.timeout())
            .build();
    Attributes resource =
        Attributes.builder()
            .put("service.name", settings.service())
            .put("service.instance.id", settings.instance())
            .build();
    var tracing =
        new Tracing(
            SdkTracerProvider.builder()
                .setResource(Resource.getDefault().merge(Resource.create(resource)))
                .setSampler(Sampler.parentBased(Sampler.traceIdRatioBased(settings.ratio())))
                .addSpanProcessor(processor)
                .build());
    Runtime.getRuntime().addShutdownHook(new Thread(tracing::close, "millrace-tracing-flush"));
    return tracing;
  }

  /** Hands every span to {@code exporter} as soon as it has ended. */
  public static Tracing into(SpanExporter exporter) {
    return new Tracing(
        SdkTracerProvider.builder().addSpanProcessor(SimpleSpanProcessor.create(exporter)).build());
  }

  /** False when no span is made: what only spans need need not be worked out. */
  public boolean isOn() {
    return provider != null;
  }

  /** What the headers of a record carry; the root where that is nothing. */
  public Context context(Headers headers) {
    return PROPAGATOR.extract(Context.root(), headers, READ);
  }

  /**
   * What the headers of a request carry; the root where that is nothing.
   *
   * @param header gives a header's value, or null
   */
  public Context context(UnaryOperator<String> header) {
    return PROPAGATOR.extract(Context.root(), header, ASK);
  }

  /** Lets a record carry the context of {@code span}, in the place of any other. */
  public void inject(Span span, Headers headers) {
    PROPAGATOR.inject(Context.root().with(span), headers, WRITE);
  }

  /** A span of the work of {@code stage} on a record, to be started. */
  public SpanBuilder process(String stage, ConsumerRecord<byte[], byte[]> record) {
    return process(
        stage,
        record.topic(),
        record.partition(),
        record.offset(),
        record.key(),
        context(record.headers()));
  }

  /** As {@link #process(String, ConsumerRecord)}, for a record of which only this is known. */
  public SpanBuilder process(
      String stage, String topic, int partition, long offset, byte[] key, Context parent) {
    SpanBuilder span = span(stage, "process", topic, parent).setSpanKind(SpanKind.CONSUMER);
    if (isOn()) {
      span.setAttribute(PARTITION, String.valueOf(partition)).setAttribute(OFFSET, offset);
      key(span, key);
    }
    return span;
  }

  /** A span of the sending of a record, to be started; a root where {@code parent} is none. */
  public SpanBuilder send(String stage, String topic, byte[] key, Context parent) {
    SpanBuilder span = span(stage, "send", topic, parent).setSpanKind(SpanKind.PRODUCER);
    if (isOn()) {
      key(span, key);
    }
    return span;
  }

  private SpanBuilder span(String stage, String operation, String topic, Context parent) {
    SpanBuilder span = tracer.spanBuilder(operation + " " + topic).setParent(parent);
    return isOn()
        ? span.setAttribute(STAGE, stage)
            .setAttribute(SYSTEM, "kafka")
            .setAttribute(TYPE, operation.toLowerCase(Locale.ROOT))
            .setAttribute(TOPIC, topic)
        : span;
  }

  private static void key(SpanBuilder span, byte[] key) {
    if (key != null) {
      String text = new String(key, StandardCharsets.UTF_8);
      span.setAttribute(KEY, text.substring(0, Math.min(LONGEST_KEY, text.length())));
    }
  }

  /** A span of the stage's own work, the root of a trace of its own, to be started. */
  public SpanBuilder work(String stage, String name) {
    return tracer.spanBuilder(name).setNoParent().setAttribute(STAGE, stage);
  }

  /** Notes that the work waits for something outside. */
  public static void heldUp(Span span, String why) {
    span.addEvent("held up", Attributes.of(WHY, String.valueOf(why)));
  }

  /** Exports what waits, for a few seconds at most, and makes no more spans. Idempotent. */
  @Override
  public void close() {
    if (provider != null) {
      provider.shutdown().join(FLUSH_SECONDS, TimeUnit.SECONDS);
    }
  }
}
