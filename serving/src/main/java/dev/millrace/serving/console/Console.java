package dev.millrace.serving.console;

import dev.millrace.monitor.MonitorStage;
import dev.millrace.runtime.Settings;
import dev.millrace.serving.ServingSettings;
import dev.millrace.serving.access.Gatekeeper;
import dev.millrace.serving.access.Roles;
import java.util.Set;
import java.util.concurrent.Semaphore;

/**
 * What the console's resources share.
 *
 * @param live permits for browsers that are kept up to date
 * @param tokens texts of single tokens
 */
record Console(
    MonitorStage monitor, Gatekeeper gatekeeper, Roles roles, Semaphore live, TokenTexts tokens) {

  static Console over(MonitorStage monitor) {
    Settings settings = monitor.context().settings();
    ServingSettings serving = ServingSettings.from(settings);
    return new Console(
        monitor,
        new Gatekeeper(serving.keys(), serving.headerTrust()),
        new Roles(
            !serving.keys().isEmpty(),
            Set.copyOf(settings.list("millrace.console.viewers")),
            Set.copyOf(settings.list("millrace.console.operators"))),
        new Semaphore(settings.integer("millrace.console.most-live", 1, 10_000)),
        new TokenTexts(monitor.context()));
  }
}
