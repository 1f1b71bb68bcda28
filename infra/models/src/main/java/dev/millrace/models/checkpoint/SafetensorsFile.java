package dev.millrace.models.checkpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A safetensors file, read by memory map: opening reads the header only, a tensor's pages come in
 * when they are touched. Views stay valid after {@link #close()}, which releases the file handle.
 *
 * <p>The file must not be truncated or written while it is mapped; writers of this package replace
 * files by rename, which is safe.
 */
public final class SafetensorsFile implements AutoCloseable {

  private final Path path;
  private final FileChannel channel;
  private final Map<String, String> metadata;
  private final Map<String, Tensor> tensors;

  private SafetensorsFile(
      Path path, FileChannel channel, Map<String, String> metadata, Map<String, Tensor> tensors) {
    this.path = path;
    this.channel = channel;
    this.metadata = metadata;
    this.tensors = Collections.unmodifiableMap(tensors);
  }

  /**
   * @throws CheckpointException if the file is missing, truncated or not in the format
   */
  public static SafetensorsFile open(Path path) {
    try {
      FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
      try {
        return read(path, channel);
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    } catch (NoSuchFileException e) {
      throw new CheckpointException(path + ": no such file", e);
    } catch (IOException e) {
      throw new CheckpointException(path + ": cannot be read: " + e.getMessage(), e);
    }
  }

  public Path path() {
    return path;
  }

  /** The header's free text, for example {@code format=pt}. */
  public Map<String, String> metadata() {
    return metadata;
  }

  /** Tensors by name, in the order of their bytes. */
  public Map<String, Tensor> tensors() {
    return tensors;
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(path + ": cannot be closed", e);
    }
  }

  private static SafetensorsFile read(Path path, FileChannel channel) throws IOException {
    long size = channel.size();
    if (size < 8) {
      throw new CheckpointException(
          path + ": truncated: " + size + " bytes, a safetensors file has at least 8");
    }
    long headerBytes = readFully(channel, 0, 8, path).getLong();
    if (headerBytes < 2 || headerBytes > SafetensorsHeader.MAX_HEADER_BYTES) {
      throw new CheckpointException(
          "%s: the header claims %s bytes, the limit is %d: not a safetensors file"
              .formatted(
                  path, Long.toUnsignedString(headerBytes), SafetensorsHeader.MAX_HEADER_BYTES));
    }
    if (8 + headerBytes > size) {
      throw new CheckpointException(
          "%s: truncated: the header alone needs %d bytes, the file has %d"
              .formatted(path, 8 + headerBytes, size));
    }
    byte[] json = readFully(channel, 8, (int) headerBytes, path).array();
    SafetensorsHeader header = SafetensorsHeader.parse(json, path.toString());
    long start = 8 + headerBytes;
    if (start + header.dataBytes() != size) {
      throw new CheckpointException(
          "%s: %s: the header describes %d bytes, the file has %d"
              .formatted(
                  path,
                  start + header.dataBytes() > size ? "truncated" : "bytes after the last tensor",
                  start + header.dataBytes(),
                  size));
    }
    FileMapping mapping = new FileMapping(path, channel, size);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (SafetensorsHeader.Entry entry : header.entries()) {
      tensors.put(
          entry.info().name(), new MappedTensor(entry.info(), mapping, start + entry.begin()));
    }
    return new SafetensorsFile(path, channel, header.metadata(), tensors);
  }

  private static ByteBuffer readFully(FileChannel channel, long from, int length, Path path)
      throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, from + buffer.position()) < 0) {
        throw new CheckpointException(path + ": truncated while it was read");
      }
    }
    return buffer.flip();
  }
}
