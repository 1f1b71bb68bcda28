package dev.millrace.app;

import dev.millrace.contracts.Provisioner;
import dev.millrace.contracts.Topic;
import dev.millrace.contracts.registry.RegistryException;
import dev.millrace.monitor.action.StageSwitch;
import dev.millrace.runtime.Backoff;
import dev.millrace.runtime.Stage;
import dev.millrace.runtime.StageContext;
import dev.millrace.runtime.StageHealth;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owns the stages of this process and what they share: makes sure that their topics exist, starts
 * them, tells how they are, and stops them in reverse order within one deadline.
 *
 * <p>Servers that are away at start are waited for, with one line in the log for every state.
 */
final class StageHost implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(StageHost.class);
  private static final Duration REQUEST = Duration.ofSeconds(10);

  private final StageContext context;
  private final List<Stage> stages;
  private final Duration drainDeadline;
  private final Thread starter;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private volatile StageHealth provisioning = new StageHealth.Starting("creating topics");

  StageHost(StageContext context, List<Stage> stages) {
    this.context = Objects.requireNonNull(context, "context");
    this.stages = List.copyOf(stages);
    this.drainDeadline = context.settings().duration("millrace.drain-deadline");
    this.starter = Thread.ofPlatform().name("millrace-start").daemon().unstarted(this::run);
  }

  void start() {
    starter.start();
  }

  /** Health by name: {@code topics} first, then every stage; one that is well may be paused. */
  Map<String, StageHealth> health() {
    Map<String, StageHealth> all = new LinkedHashMap<>();
    all.put("topics", provisioning);
    boolean started = provisioning.isReady();
    stages.forEach(
        stage ->
            all.put(
                stage.name(),
                started ? health(stage) : new StageHealth.Starting("waiting for topics")));
    return all;
  }

  private StageHealth health(Stage stage) {
    StageHealth own = stage.health();
    if (!own.isReady() || !StageSwitch.STAGES.contains(stage.name())) {
      return own;
    }
    if (!context.controls().isKnown()) {
      return new StageHealth.Starting(
          "reading in %s whether it may work".formatted(context.topics().stageControls().name()));
    }
    return context
        .controls()
        .pause(stage.name())
        .<StageHealth>map(pause -> new StageHealth.Paused(pause.describe()))
        .orElse(own);
  }

  private void run() {
    var backoff = new Backoff(Duration.ofMillis(200), Duration.ofSeconds(5));
    String last = "";
    while (stopping.getCount() > 0) {
      try {
        provision();
        break;
      } catch (KafkaException | RegistryException e) {
        String reason = reason(e);
        provisioning = new StageHealth.Starting(reason);
        if (!reason.equals(last)) {
          LOG.warn("waiting: {}", reason);
          last = reason;
        }
        if (stopped(backoff.next())) {
          return;
        }
      } catch (RuntimeException e) {
        LOG.error("cannot start: {}", e.toString());
        provisioning = new StageHealth.Failed(e.toString());
        return;
      }
    }
    context.controls().start();
    for (Stage stage : stages) {
      if (stopping.getCount() == 0) {
        return;
      }
      LOG.info("starting stage={}", stage.name());
      stage.start();
    }
    provisioning = new StageHealth.Ready();
  }

  private String reason(RuntimeException e) {
    return e instanceof KafkaException
        ? "Kafka at %s does not answer (%s); is it running, and is millrace.kafka.bootstrap right?"
            .formatted(context.kafka().bootstrap(), e.getMessage())
        : e.getMessage();
  }

  private void provision() {
    List<Topic<?>> topics = new ArrayList<>(context.topics().all());
    try (var admin = Admin.create(context.kafka().admin("millrace-provisioner"))) {
      new Provisioner(admin, context.registry(), REQUEST)
          .provision(topics)
          .forEach(
              report -> {
                if (report.differences().isEmpty()) {
                  LOG.info("topic {}", report);
                } else {
                  LOG.warn("topic {}", report);
                }
              });
    }
  }

  private boolean stopped(Duration wait) {
    try {
      return stopping.await(wait.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  @Override
  public void close() {
    stopping.countDown();
    starter.interrupt();
    long end = System.nanoTime() + drainDeadline.toNanos();
    for (Stage stage : stages.reversed()) {
      Duration left = Duration.ofNanos(Math.max(0, end - System.nanoTime()));
      if (provisioning.isReady() && !stage.drain(left)) {
        LOG.warn(
            "stage={} did not finish in time; its work in hand is repeated later", stage.name());
      }
    }
    stages.reversed().forEach(Stage::close);
    context.controls().close();
    context.tracing().close();
  }
}
