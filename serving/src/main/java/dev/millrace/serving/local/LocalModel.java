package dev.millrace.serving.local;

import dev.millrace.runtime.SettingsException;
import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * A Hugging Face directory that is served: written as a path, or {@code name=path}.
 *
 * @param name by which requests choose it
 */
public record LocalModel(String name, Path directory) {

  /** The name of a directory that was given without one. */
  public static final String ID = "local";

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/-]{0,99}");

  public static LocalModel parse(String key, String written) {
    int equals = written.indexOf('=');
    String name = equals < 0 ? ID : written.substring(0, equals).strip();
    String path = written.substring(equals + 1).strip();
    if (!NAME.matcher(name).matches() || path.isEmpty()) {
      throw new SettingsException(
          "%s has '%s' but wants a path, or name=path with letters, digits, '.', '_', '-' and '/'"
              .formatted(key, written));
    }
    return new LocalModel(name, Path.of(path));
  }
}
