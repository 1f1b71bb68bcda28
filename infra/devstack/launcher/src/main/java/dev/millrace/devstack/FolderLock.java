package dev.millrace.devstack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The right to run a stack in a folder: one launcher at a time. The kernel gives it up when its
 * holder dies, so nothing stale is left to clean. The file names the holder's process id.
 */
final class FolderLock implements AutoCloseable {
  private static final String FILE = "lock";

  // POSIX gives up a process's lock on a file when the process closes any descriptor of that file.
  // So a file that this JVM has locked must not even be opened a second time.
  private static final Set<Path> HELD_BY_THIS_JVM = ConcurrentHashMap.newKeySet();

  private final Path folder;
  private final FileChannel channel;

  private FolderLock(Path folder, FileChannel channel) {
    this.folder = folder;
    this.channel = channel;
  }

  /**
   * @throws DevStackException if another launcher holds it, or the folder cannot be written
   */
  static FolderLock acquire(Path wanted) {
    Path folder;
    try {
      folder = Files.createDirectories(wanted).toRealPath();
    } catch (IOException e) {
      throw cannotWrite(wanted, e);
    }
    if (!HELD_BY_THIS_JVM.add(folder)) {
      throw inUse(folder, ownPid());
    }
    try {
      return new FolderLock(folder, lock(folder));
    } catch (IOException e) {
      HELD_BY_THIS_JVM.remove(folder);
      throw cannotWrite(wanted, e);
    } catch (DevStackException e) {
      HELD_BY_THIS_JVM.remove(folder);
      throw e;
    }
  }

  private static FileChannel lock(Path folder) throws IOException {
    FileChannel channel =
        FileChannel.open(
            folder.resolve(FILE),
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE);
    try {
      if (channel.tryLock() == null) {
        throw inUse(folder, read(channel));
      }
      channel.truncate(0);
      channel.write(ByteBuffer.wrap(ownPid().getBytes(StandardCharsets.UTF_8)), 0);
      channel.force(true);
      return channel;
    } catch (IOException | DevStackException e) {
      channel.close();
      throw e;
    }
  }

  /** The process id of the launcher that holds this folder; empty when nobody does. */
  static Optional<String> holder(Path wanted) {
    Path file = wanted.resolve(FILE);
    if (!Files.isWritable(file)) {
      return Optional.empty();
    }
    try {
      if (HELD_BY_THIS_JVM.contains(wanted.toRealPath())) {
        return Optional.of(ownPid());
      }
      try (FileChannel channel =
          FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
        return channel.tryLock() == null ? Optional.of(read(channel)) : Optional.empty();
      }
    } catch (IOException e) {
      throw new DevStackException("cannot read " + file + ": " + FolderProblem.explain(e), e);
    }
  }

  private static String ownPid() {
    return Long.toString(ProcessHandle.current().pid());
  }

  private static String read(FileChannel channel) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(32);
    channel.read(buffer, 0);
    String pid = StandardCharsets.UTF_8.decode(buffer.flip()).toString().strip();
    return pid.isEmpty() ? "unknown" : pid;
  }

  private static DevStackException inUse(Path folder, String pid) {
    return new DevStackException(
        folder
            + " is in use by another millrace (pid "
            + pid
            + "); stop that one first, or give another folder with --data");
  }

  private static DevStackException cannotWrite(Path folder, IOException e) {
    return new DevStackException(
        "cannot write to the data folder " + folder + ": " + FolderProblem.explain(e), e);
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot give up the lock of " + folder, e);
    } finally {
      HELD_BY_THIS_JVM.remove(folder);
    }
  }
}
