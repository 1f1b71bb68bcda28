package dev.millrace.serving.generate;

import dev.millrace.models.script.TorchRuntime;
import dev.millrace.runtime.Settings;
import dev.millrace.serving.chat.ChatBackend;
import dev.millrace.serving.local.LocalLoader;
import dev.millrace.serving.local.LocalModel;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalDouble;

/** Backends over directories that a test has made. */
public final class LocalBackends {

  private LocalBackends() {}

  /** A backend called {@code local}; whoever takes it starts and closes it. */
  public static ChatBackend local(Path directory, Map<String, String> settings) {
    GenerateSettings bounds = GenerateSettings.from(Settings.of(settings));
    LiveModel model = new LiveModel(bounds, "it is not loaded yet");
    return new GeneratingBackend(
        LocalModel.ID,
        model,
        bounds,
        OptionalDouble.empty(),
        new LocalLoader(new LocalModel(LocalModel.ID, directory), TorchRuntime::cpu, model));
  }
}
