package dev.millrace.models.script;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.util.Utils;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Loads libtorch. The first time on a machine its libraries are unpacked to the cache of DJL (about
 * 450 MB, some seconds), and the caller is told how far that is.
 */
final class LibtorchLoader {

  private static final long EXPECTED_BYTES = 446L << 20;

  private LibtorchLoader() {}

  static Engine load(Consumer<String> progress) {
    // Never look for libraries, models or telemetry on the net behind the user's back.
    System.setProperty("ai.djl.offline", System.getProperty("ai.djl.offline", "true"));
    System.setProperty("OPT_OUT_TRACKING", "true");
    if (System.getenv("OMP_WAIT_POLICY") == null) {
      progress.accept(
          "OMP_WAIT_POLICY is not set: start Java with OMP_WAIT_POLICY=PASSIVE in the environment,"
              + " or operators with several threads stall on a busy machine");
    }
    Path cache = Utils.getEngineCacheDir("pytorch");
    long before = sizeOf(cache);
    var done = new CountDownLatch(1);
    Thread watcher =
        Thread.ofPlatform()
            .name("libtorch-unpack-progress")
            .daemon()
            .start(() -> watch(cache, before, done, progress));
    try {
      return Engine.getEngine("PyTorch");
    } catch (EngineException | UnsatisfiedLinkError e) {
      throw new IllegalStateException(
          "libtorch cannot be loaded ("
              + rootMessage(e)
              + "). Its libraries come from the artifact pytorch-native-cpu for this platform, or"
              + " from the folder in PYTORCH_LIBRARY_PATH; the cache is "
              + cache,
          e);
    } finally {
      done.countDown();
      watcher.interrupt();
    }
  }

  private static void watch(
      Path cache, long before, CountDownLatch done, Consumer<String> progress) {
    try {
      while (!done.await(1, TimeUnit.SECONDS)) {
        long unpacked = sizeOf(cache) - before;
        if (unpacked > 0) {
          progress.accept(
              "unpacking libtorch to %s: %d of about %d MB"
                  .formatted(cache, unpacked >> 20, EXPECTED_BYTES >> 20));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static long sizeOf(Path folder) {
    if (!Files.isDirectory(folder)) {
      return 0;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      return files.mapToLong(LibtorchLoader::fileSize).sum();
    } catch (IOException | UncheckedIOException e) {
      return 0; // files move while they are being unpacked; the next look will do
    }
  }

  private static long fileSize(Path file) {
    try {
      return Files.isRegularFile(file) ? Files.size(file) : 0;
    } catch (IOException e) {
      return 0;
    }
  }

  private static String rootMessage(Throwable e) {
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return String.valueOf(cause.getMessage());
  }
}
