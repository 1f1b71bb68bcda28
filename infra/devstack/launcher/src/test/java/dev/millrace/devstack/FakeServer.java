package dev.millrace.devstack;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/** A child's main class for tests, which does what its first argument says. */
public final class FakeServer {
  private FakeServer() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    switch (args[0]) {
      case "run" -> {
        Path marker = Path.of(args[1]);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> write(marker), "hook"));
        Files.createFile(marker.resolveSibling("up"));
        new CountDownLatch(1).await();
      }
      case "hang-at-stop" -> {
        Runtime.getRuntime().addShutdownHook(new Thread(FakeServer::hang, "hook"));
        Files.createFile(Path.of(args[1]).resolveSibling("up"));
        new CountDownLatch(1).await();
      }
      case "throw-half-started" -> {
        new Thread(FakeServer::hang, "left-behind").start();
        throw new IllegalStateException("half started");
      }
      case "fail" -> {
        System.err.println("java.io.IOException: " + args[1]);
        System.exit(3);
      }
      default -> throw new IllegalArgumentException(args[0]);
    }
  }

  private static void write(Path marker) {
    try {
      Files.writeString(marker, "stopped in order");
    } catch (IOException e) {
      System.err.println(e);
    }
  }

  private static void hang() {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
