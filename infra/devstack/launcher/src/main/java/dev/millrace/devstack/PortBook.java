package dev.millrace.devstack;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;

/**
 * The ports of a folder's stack, remembered in it: a second start uses the same ones, so that what
 * was told to clients stays true. Not safe for several threads.
 */
final class PortBook {
  // Below the range from which the kernel takes the ports of outgoing connections (32768 on Linux,
  // 49152 elsewhere): a remembered port is not taken by chance.
  private static final int FIRST = 20_000;
  private static final int LAST = 30_000;

  private static final String FILE = "ports.properties";

  private final Path file;
  private final Map<String, Integer> given;
  private final Consumer<String> notes;
  private final Properties remembered = new Properties();
  private final Set<Integer> used = new HashSet<>();

  private PortBook(Path file, Map<String, Integer> given, Consumer<String> notes) {
    this.file = file;
    this.given = given;
    this.notes = notes;
    used.addAll(given.values());
    if (Files.exists(file)) {
      try (InputStream in = Files.newInputStream(file)) {
        remembered.load(in);
      } catch (IOException e) {
        throw new DevStackException("cannot read " + file + ": " + FolderProblem.explain(e), e);
      }
    }
  }

  /** The book of this data folder; {@code given} ports take precedence over remembered ones. */
  static PortBook in(Path data, Map<String, Integer> given, Consumer<String> notes) {
    return new PortBook(data.resolve(FILE), given, notes);
  }

  /**
   * The port of this name: the given one, else the remembered one, else a free one.
   *
   * @throws DevStackException if a given port is taken
   */
  int port(String name) {
    Integer wanted = given.get(name);
    if (wanted != null) {
      if (!isFree(wanted)) {
        throw new DevStackException(
            "port "
                + wanted
                + " for "
                + name
                + " is taken by another program; give another with --"
                + name
                + "-port, or leave it out to get a free one");
      }
      return remember(name, wanted);
    }
    int last = remembered(name);
    if (last > 0 && !used.contains(last)) {
      if (isFree(last)) {
        return remember(name, last);
      }
      int other = anyFree();
      notes.accept(
          "port "
              + last
              + ", where "
              + name
              + " was last time, is taken; it uses "
              + other
              + " now");
      return remember(name, other);
    }
    return remember(name, anyFree());
  }

  /** The port of this name at the last start; 0 when there is none. */
  int remembered(String name) {
    String text = remembered.getProperty(name, "0");
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new DevStackException(
          file + " is damaged: '" + text + "' is no port for " + name + "; delete that file", e);
    }
  }

  private int remember(String name, int port) {
    used.add(port);
    remembered.setProperty(name, Integer.toString(port));
    return port;
  }

  private int anyFree() {
    int size = LAST - FIRST;
    int start = ThreadLocalRandom.current().nextInt(size);
    for (int i = 0; i < size; i++) {
      int port = FIRST + (start + i) % size;
      if (!used.contains(port) && isFree(port)) {
        return port;
      }
    }
    throw new DevStackException("no free port between " + FIRST + " and " + LAST);
  }

  static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  void save() {
    try (OutputStream out = Files.newOutputStream(file)) {
      remembered.store(out, "Ports of this folder's servers; delete this file to get new ones");
    } catch (IOException e) {
      throw new DevStackException("cannot write " + file + ": " + FolderProblem.explain(e), e);
    }
  }
}
