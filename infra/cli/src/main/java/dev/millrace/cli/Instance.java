package dev.millrace.cli;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;

/**
 * What runs from a data folder: written when all is ready, so that commands in another terminal
 * find it.
 *
 * @param pid of the launcher
 * @param api base address of the HTTP API
 * @param settings where the servers are
 */
record Instance(long pid, URI api, Map<String, String> settings) {

  private static final String FILE = "instance.properties";

  /** The instance that runs from this folder now. */
  static Optional<Instance> running(Path data) {
    Path file = data.resolve(FILE);
    var properties = new Properties();
    try (var in = Files.newBufferedReader(file)) {
      properties.load(in);
      long pid = Long.parseLong(properties.getProperty("pid"));
      if (ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty()) {
        return Optional.empty();
      }
      var settings = new TreeMap<String, String>();
      for (String name : properties.stringPropertyNames()) {
        if (name.startsWith("millrace.")) {
          settings.put(name, properties.getProperty(name));
        }
      }
      return Optional.of(
          new Instance(pid, URI.create(properties.getProperty("api")), Map.copyOf(settings)));
    } catch (IOException | IllegalArgumentException e) {
      return Optional.empty(); // none, or half of one: the same to whoever asks
    }
  }

  void write(Path data) {
    var properties = new Properties();
    properties.putAll(settings);
    properties.setProperty("pid", String.valueOf(pid));
    properties.setProperty("api", api.toString());
    Path file = data.resolve(FILE);
    Path fresh = data.resolve(FILE + ".new");
    try {
      try (var out = Files.newBufferedWriter(fresh)) {
        properties.store(out, "What runs from this folder. Written by millrace, read by millrace.");
      }
      Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new CommandFailure("cannot write " + file + ": " + e.getMessage(), e);
    }
  }

  static void forget(Path data) {
    try {
      Files.deleteIfExists(data.resolve(FILE));
    } catch (IOException e) {
      // Harmless: the process id in it is no longer alive.
    }
  }
}
