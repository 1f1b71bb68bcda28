package dev.millrace.ingest.push;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Tells that something changed in folders, not what: the answer to any change is a new pass, which
 * finds additions, changes and deletions alike, also those of which no event told. Where the
 * operating system grants no more watches, it says that it is blind, and passes run by the clock.
 */
final class FolderWatch implements AutoCloseable {

  private static final WatchEvent.Kind<?>[] KINDS = {
    StandardWatchEventKinds.ENTRY_CREATE,
    StandardWatchEventKinds.ENTRY_DELETE,
    StandardWatchEventKinds.ENTRY_MODIFY
  };

  private final WatchService service;
  private final Set<Path> watched = new HashSet<>();
  private boolean blind;

  FolderWatch() throws IOException {
    service = FileSystems.getDefault().newWatchService();
  }

  /** Watches a folder from now on; call before its entries are read. Idempotent. */
  synchronized void add(Path folder) {
    if (watched.contains(folder)) {
      return;
    }
    try {
      folder.register(service, KINDS);
      watched.add(folder);
    } catch (IOException e) {
      blind |= Files.isDirectory(folder);
    }
  }

  /** True when not every folder is watched. */
  synchronized boolean isBlind() {
    return blind;
  }

  /** Waits for a change; false when none came in time or the watch was closed. */
  boolean await(Duration deadline) throws InterruptedException {
    try {
      WatchKey key = service.poll(deadline.toMillis(), TimeUnit.MILLISECONDS);
      if (key == null) {
        return false;
      }
      while (key != null) {
        rearm(key);
        key = service.poll();
      }
      return true;
    } catch (ClosedWatchServiceException e) {
      return false;
    }
  }

  private synchronized void rearm(WatchKey key) {
    key.pollEvents();
    // A folder that is gone may come back under the same path.
    if (!key.reset() && key.watchable() instanceof Path folder) {
      watched.remove(folder);
    }
  }

  @Override
  public void close() throws IOException {
    service.close();
  }
}
