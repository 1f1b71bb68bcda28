package dev.millrace.monitor.stream;

import dev.millrace.monitor.recent.Spread;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToDoubleFunction;

/**
 * Every stage for dashboards, as the console shows it: {@code millrace_stage_latency_seconds} by
 * stage and quantile, of the last five minutes; {@code millrace_stage_drain_seconds}, infinite
 * where the lag does not shrink; {@code millrace_stage_paused}, 1 while an operator has paused it.
 */
public final class StreamMeters {

  private final Map<String, StageView> newest = new ConcurrentHashMap<>();

  public StreamMeters(MeterRegistry registry, List<String> stages) {
    for (String stage : stages) {
      Tags tags = Tags.of("stage", stage);
      latency(registry, stage, "0.5", Spread::middle);
      latency(registry, stage, "0.95", Spread::high);
      gauge(registry, "millrace_stage_drain_seconds", tags, stage, StageView::drainSeconds);
      gauge(
          registry,
          "millrace_stage_paused",
          tags,
          stage,
          view -> view.paused().isPresent() ? 1 : 0);
    }
  }

  private void latency(
      MeterRegistry registry, String stage, String quantile, ToDoubleFunction<Spread> value) {
    gauge(
        registry,
        "millrace_stage_latency_seconds",
        Tags.of("stage", stage, "quantile", quantile),
        stage,
        view -> view.latency().count() == 0 ? Double.NaN : value.applyAsDouble(view.latency()));
  }

  private void gauge(
      MeterRegistry registry,
      String name,
      Tags tags,
      String stage,
      ToDoubleFunction<StageView> value) {
    registry.gauge(
        name,
        tags,
        newest,
        views -> views.containsKey(stage) ? value.applyAsDouble(views.get(stage)) : Double.NaN);
  }

  /** Puts a view in the place of the last. */
  public void show(StreamView view) {
    view.stages().forEach(stage -> newest.put(stage.name(), stage));
  }
}
