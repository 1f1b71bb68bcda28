package dev.millrace.runtime;

import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The settings of this process, read once at the border and turned into typed records there.
 *
 * <p>Every key has its default and its explanation in {@code millrace-defaults.properties}. What
 * overrides it, weakest first: the file given with {@code --config}, environment variables ({@code
 * MILLRACE_KAFKA_BOOTSTRAP}), system properties, {@code --set key=value}.
 */
public final class Settings {

  private static final String DEFAULTS = "millrace-defaults.properties";

  private final SmallRyeConfig config;

  private Settings(SmallRyeConfig config) {
    this.config = config;
  }

  /** The defaults with these overrides, and nothing from the environment: for tests. */
  public static Settings of(Map<String, String> overrides) {
    return new Settings(withDefaults().withSources(source("overrides", overrides, 500)).build());
  }

  /**
   * The settings of a process.
   *
   * @param file a properties file, where one was given
   * @param overrides single values from the command line
   * @throws SettingsException when the file cannot be read
   */
  public static Settings load(Optional<Path> file, Map<String, String> overrides) {
    var builder = withDefaults();
    if (file.isPresent()) {
      builder.withSources(source(file.get().toString(), read(file.get()), 200));
    }
    return new Settings(
        builder.addSystemSources().withSources(source("command line", overrides, 500)).build());
  }

  private static SmallRyeConfigBuilder withDefaults() {
    try {
      var defaults = Settings.class.getClassLoader().getResource(DEFAULTS);
      return new SmallRyeConfigBuilder()
          .addDefaultInterceptors()
          .withSources(new PropertiesConfigSource(defaults, 100));
    } catch (IOException e) {
      throw new IllegalStateException(DEFAULTS + " cannot be read from the class path", e);
    }
  }

  private static Map<String, String> read(Path file) {
    var properties = new java.util.Properties();
    try (var in = Files.newBufferedReader(file)) {
      properties.load(in);
    } catch (IOException e) {
      throw new SettingsException("settings file " + file + " cannot be read: " + e.getMessage());
    }
    var map = new TreeMap<String, String>();
    properties.stringPropertyNames().forEach(name -> map.put(name, properties.getProperty(name)));
    return map;
  }

  private static PropertiesConfigSource source(String name, Map<String, String> map, int ordinal) {
    return new PropertiesConfigSource(map, name, ordinal);
  }

  /** The value of {@code key}, or empty when it is not set or blank. */
  public Optional<String> optional(String key) {
    return config.getOptionalValue(key, String.class).map(String::strip).filter(s -> !s.isEmpty());
  }

  public String text(String key) {
    return optional(key)
        .orElseThrow(() -> new SettingsException(key + " is not set: give it a value"));
  }

  public String text(String key, String otherwise) {
    return optional(key).orElse(otherwise);
  }

  /** A whole number between {@code min} and {@code max}, both included. */
  public int integer(String key, int min, int max) {
    return (int) whole(key, min, max);
  }

  /** A whole number between {@code min} and {@code max}, both included. */
  public long whole(String key, long min, long max) {
    String wanted = "a whole number from " + min + " to " + max;
    long value = parse(key, wanted, Long::parseLong);
    if (value < min || value > max) {
      throw wrong(key, text(key), wanted);
    }
    return value;
  }

  /** A number between {@code min} and {@code max}, both included. */
  public double decimal(String key, double min, double max) {
    String wanted = "a number from " + min + " to " + max;
    double value = parse(key, wanted, Double::parseDouble);
    if (!(value >= min && value <= max)) {
      throw wrong(key, text(key), wanted);
    }
    return value;
  }

  public boolean flag(String key) {
    return parse(
        key,
        "true or false",
        text ->
            switch (text.toLowerCase(java.util.Locale.ROOT)) {
              case "true", "on", "yes" -> true;
              case "false", "off", "no" -> false;
              default -> throw new IllegalArgumentException(text);
            });
  }

  /** A positive time such as {@code 250ms}, {@code 10s}, {@code 5m} or ISO {@code PT1M}. */
  public Duration duration(String key) {
    return parse(key, "a time such as 250ms, 10s or 5m", Settings::parseDuration);
  }

  private static Duration parseDuration(String text) {
    Duration value;
    if (text.endsWith("ms")) {
      value = Duration.ofMillis(Long.parseLong(text.substring(0, text.length() - 2).strip()));
    } else if (text.startsWith("P")) {
      value = Duration.parse(text);
    } else {
      value = Duration.parse("PT" + text.replace(" ", ""));
    }
    if (value.isNegative()) {
      throw new IllegalArgumentException(text);
    }
    return value;
  }

  /** Comma-separated values; none when the key is not set. */
  public List<String> list(String key) {
    return optional(key).stream()
        .flatMap(text -> Arrays.stream(text.split(",")))
        .map(String::strip)
        .filter(text -> !text.isEmpty())
        .toList();
  }

  /** Comma-separated http(s) addresses; none when the key is not set. */
  public List<URI> addresses(String key) {
    return list(key).stream()
        .map(
            text -> {
              try {
                URI address = URI.create(text);
                if (address.getHost() != null && address.getScheme().matches("https?")) {
                  return address;
                }
              } catch (IllegalArgumentException e) {
                // falls through to the same words
              }
              throw wrong(key, text, "an address such as http://localhost:9200");
            })
        .toList();
  }

  /** One of the constants of {@code type}, written in lower case with hyphens. */
  public <E extends Enum<E>> E choice(String key, Class<E> type) {
    String allowed =
        Arrays.stream(type.getEnumConstants())
            .map(Settings::written)
            .collect(Collectors.joining(", "));
    return parse(
        key,
        "one of " + allowed,
        text ->
            Arrays.stream(type.getEnumConstants())
                .filter(constant -> written(constant).equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(text)));
  }

  private static String written(Enum<?> constant) {
    return constant.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
  }

  /** All keys that begin with {@code prefix}, without it: settings passed through to a library. */
  public Map<String, String> below(String prefix) {
    var found = new TreeMap<String, String>();
    for (String name : config.getPropertyNames()) {
      if (name.startsWith(prefix)) {
        optional(name).ifPresent(value -> found.put(name.substring(prefix.length()), value));
      }
    }
    return found;
  }

  private <T> T parse(String key, String wanted, Function<String, T> parser) {
    String text = text(key);
    try {
      return parser.apply(text);
    } catch (IllegalArgumentException | NoSuchElementException | java.time.DateTimeException e) {
      throw wrong(key, text, wanted);
    }
  }

  private static SettingsException wrong(String key, String value, String wanted) {
    return new SettingsException(key + " is '" + value + "' but must be " + wanted);
  }
}
