package dev.millrace.ingest.push;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Keeps a second process, or a second journal of this one, off the same file. */
final class JournalLock implements AutoCloseable {

  private final FileChannel channel;

  /**
   * @throws IOException when another one holds it
   */
  JournalLock(Path path) throws IOException {
    channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileLock lock = null;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      lock = null; // held by this process: the same answer
    }
    if (lock == null) {
      channel.close();
      throw new IOException(
          "another push to the same topic is running (it holds %s): wait for it or stop it"
              .formatted(path));
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
