package dev.millrace.serving;

import dev.millrace.models.script.TorchRuntime;
import dev.millrace.runtime.Settings;
import dev.millrace.runtime.StageContext;
import dev.millrace.serving.chat.ChatBackend;
import dev.millrace.serving.generate.GenerateSettings;
import dev.millrace.serving.generate.GeneratingBackend;
import dev.millrace.serving.generate.LiveModel;
import dev.millrace.serving.local.LocalLoader;
import dev.millrace.serving.local.LocalModel;
import dev.millrace.serving.policy.PolicyWatch;
import dev.millrace.serving.remote.RemoteBackend;
import dev.millrace.serving.remote.RemoteSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes the backends that settings ask for, beside the one that quotes. */
final class GeneratingBackends {

  private static final Logger LOG = LoggerFactory.getLogger(GeneratingBackends.class);
  private static final String LOCAL = "millrace.serving.local.models";

  private GeneratingBackends() {}

  /** Local and remote models: the policy comes from topics. */
  static List<ChatBackend> of(Settings settings) {
    GenerateSettings bounds = GenerateSettings.from(settings);
    List<ChatBackend> backends = new ArrayList<>();
    for (String written : settings.list(LOCAL)) {
      LocalModel local = LocalModel.parse(LOCAL, written);
      LiveModel model = new LiveModel(bounds, "it is not loaded yet");
      backends.add(
          new GeneratingBackend(
              local.name(),
              model,
              bounds,
              OptionalDouble.empty(),
              new LocalLoader(local, runtime(), model)));
    }
    RemoteSettings.from(settings).map(RemoteBackend::new).ifPresent(backends::add);
    return backends;
  }

  static List<ChatBackend> of(StageContext context) {
    Settings settings = context.settings();
    List<ChatBackend> backends = new ArrayList<>();
    if (settings.flag("millrace.serving.policy.enabled")) {
      GenerateSettings bounds = GenerateSettings.from(settings);
      LiveModel model = new LiveModel(bounds, "no policy is published yet");
      backends.add(
          new GeneratingBackend(
              "policy",
              model,
              bounds,
              OptionalDouble.of(settings.decimal("millrace.serving.policy.temperature", 0, 2)),
              new PolicyWatch(
                  context, settings.optional("millrace.serving.policy.name"), runtime(), model)));
    }
    backends.addAll(of(settings));
    return backends;
  }

  private static Supplier<TorchRuntime> runtime() {
    return () -> TorchRuntime.preferred(line -> LOG.info("stage=serving {}", line));
  }
}
