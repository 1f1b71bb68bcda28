package dev.millrace.ingest.push;

import dev.millrace.ingest.source.Lines;
import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The journal's lines on disk. Not safe for several threads, except for {@link #scan}. */
final class JournalFile implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(JournalFile.class);
  private static final int BUFFER = 1 << 16;
  private static final int MAX_LINE = 64 << 10;
  private static final long FLUSH_NANOS = 1_000_000_000L;

  /** Writes lines to a file that is being written anew. */
  interface Rewriting {
    void lines(Consumer<JournalLine> target) throws IOException;
  }

  private final Path path;
  private OutputStream out = OutputStream.nullOutputStream();
  private long flushed = System.nanoTime();

  JournalFile(Path path) {
    this.path = path;
  }

  /** Reads all lines, cuts off a torn last one, and opens the file for appending. */
  void load(Consumer<JournalLine> each) throws IOException {
    if (!Files.exists(path)) {
      return;
    }
    long good = 0;
    long damaged = 0;
    try (InputStream in = Files.newInputStream(path)) {
      var lines = new Lines(in, MAX_LINE);
      while (lines.next()) {
        if (!lines.terminated()) {
          break;
        }
        good += lines.consumed();
        var line = JournalLine.decode(lines.bytes(), lines.length());
        line.ifPresent(each);
        damaged += line.isPresent() ? 0 : 1;
      }
    }
    if (damaged > 0) {
      LOG.warn("{}: {} damaged lines; their documents will be sent again", path, damaged);
    }
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
      channel.truncate(good);
    }
    open();
  }

  /** Reads the lines that the file has now; others may append meanwhile. */
  void scan(Consumer<JournalLine> each) throws IOException {
    if (!Files.exists(path)) {
      return;
    }
    long left = Files.size(path);
    try (InputStream in = Files.newInputStream(path)) {
      var lines = new Lines(in, MAX_LINE);
      while (left > 0 && lines.next()) {
        left -= lines.consumed();
        JournalLine.decode(lines.bytes(), lines.length()).ifPresent(each);
      }
    }
  }

  void append(JournalLine line) {
    try {
      out.write(line.encode());
      if (System.nanoTime() - flushed > FLUSH_NANOS) {
        flush();
      }
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /** Hands all lines to the operating system. */
  void flush() {
    try {
      out.flush();
      flushed = System.nanoTime();
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /** Replaces the file: beside the old one, then in its place, so a crash leaves one of both. */
  void rewrite(Rewriting content) throws IOException {
    out.close();
    Path fresh = path.resolveSibling(path.getFileName() + ".new");
    try (var target = new FileOutputStream(fresh.toFile())) {
      var buffered = new BufferedOutputStream(target, BUFFER);
      content.lines(
          line -> {
            try {
              buffered.write(line.encode());
            } catch (IOException e) {
              throw failed(e);
            }
          });
      buffered.flush();
      target.getFD().sync();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    open();
  }

  private void open() throws IOException {
    out = new BufferedOutputStream(Files.newOutputStream(path, StandardOpenOption.APPEND), BUFFER);
  }

  private UncheckedIOException failed(IOException e) {
    return new UncheckedIOException(
        new IOException("cannot write the journal " + path + ": " + e.getMessage(), e));
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
