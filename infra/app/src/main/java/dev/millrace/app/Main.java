package dev.millrace.app;

import dev.millrace.runtime.Settings;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;

/** Reads the command line, then hands over to Quarkus. */
@QuarkusMain
public final class Main {

  private static Arguments arguments = Arguments.parse();
  private static Settings settings;

  private Main() {}

  public static void main(String... words) {
    try {
      arguments = Arguments.parse(words);
      settings = Settings.load(arguments.config(), arguments.overrides());
      // The shell reads its address through Quarkus' own configuration.
      export("millrace.http.host");
      export("millrace.http.port");
    } catch (IllegalArgumentException e) {
      System.err.println("millrace: " + e.getMessage());
      System.exit(2);
    }
    Quarkus.run();
  }

  private static void export(String key) {
    settings.optional(key).ifPresent(value -> System.setProperty(key, value));
  }

  static Arguments arguments() {
    return arguments;
  }

  /** What {@link #main} read; the defaults and the environment when Quarkus was started alone. */
  static Settings settings() {
    if (settings == null) {
      settings = Settings.load(arguments.config(), arguments.overrides());
    }
    return settings;
  }
}
