package dev.millrace.cli;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** Ports on loopback. */
final class FreePort {

  private FreePort() {}

  /** A port that nobody uses now. */
  static int find() {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new CommandFailure("no free port on this machine: " + e.getMessage(), e);
    }
  }

  /** Refuses a port that somebody uses. */
  static void require(int port, String what, String option) {
    try (var socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    } catch (IOException e) {
      throw new CommandFailure(
          "port %d for %s is taken; end the program that uses it, or choose another with %s"
              .formatted(port, what, option),
          e);
    }
  }
}
