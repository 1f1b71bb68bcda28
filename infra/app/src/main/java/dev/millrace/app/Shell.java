package dev.millrace.app;

import dev.millrace.runtime.StageContext;
import dev.millrace.serving.console.ConsoleHolder;
import dev.millrace.serving.http.ServingHolder;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** Quarkus' life told to the stages: they start with it and are drained before it ends. */
@Singleton
final class Shell {

  private final StageContext context;
  private final StageHost host;

  Shell(MeterRegistry meters, ServingHolder holder, ConsoleHolder console) {
    this.context = StageContext.of(Main.settings(), meters);
    this.host =
        new StageHost(context, Stages.of(Main.arguments().targets(), context, holder, console));
  }

  void begin(@Observes StartupEvent event) {
    host.start();
  }

  void end(@Observes ShutdownEvent event) {
    host.close();
  }

  StageHost host() {
    return host;
  }

  @Produces
  @Singleton
  StageContext context() {
    return context;
  }
}
