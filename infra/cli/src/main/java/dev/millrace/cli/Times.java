package dev.millrace.cli;

import dev.millrace.runtime.Settings;
import java.time.Duration;
import java.util.Map;

/** Times on the command line, written as in settings. */
final class Times {

  private Times() {}

  /**
   * @param option named in the error
   * @throws dev.millrace.runtime.SettingsException when it is no time
   */
  static Duration parse(String option, String text) {
    return Settings.of(Map.of(option, text)).duration(option);
  }
}
