package dev.millrace.models.checkpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * A file of any size, mapped read-only in segments on first touch. A view that lies in one segment
 * shares its mapping; one across a border gets a mapping of its own, which costs microseconds.
 */
final class FileMapping {

  /** A mapping cannot be longer than a buffer; larger files are cut here. */
  static final long SEGMENT_BYTES = 1L << 30;

  private final Path path;
  private final FileChannel channel;
  private final long size;
  private final long segmentBytes;
  private final AtomicReferenceArray<MappedByteBuffer> segments;

  FileMapping(Path path, FileChannel channel, long size) {
    this(path, channel, size, size <= Integer.MAX_VALUE ? Math.max(size, 1) : SEGMENT_BYTES);
  }

  FileMapping(Path path, FileChannel channel, long size, long segmentBytes) {
    this.path = path;
    this.channel = channel;
    this.size = size;
    this.segmentBytes = segmentBytes;
    this.segments =
        new AtomicReferenceArray<>(Math.toIntExact((size + segmentBytes - 1) / segmentBytes));
  }

  ByteBuffer slice(long offset, int length) {
    Objects.checkFromIndexSize(offset, length, size);
    if (!channel.isOpen()) {
      throw new IllegalStateException(path + " is closed");
    }
    if (length == 0) {
      return ByteBuffer.allocateDirect(0).asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }
    int first = (int) (offset / segmentBytes);
    long begin = first * segmentBytes;
    ByteBuffer view =
        offset + length <= begin + segmentBytes
            ? segment(first).slice((int) (offset - begin), length)
            : map(offset, length);
    return view.order(ByteOrder.LITTLE_ENDIAN);
  }

  private MappedByteBuffer segment(int index) {
    MappedByteBuffer present = segments.get(index);
    if (present != null) {
      return present;
    }
    long begin = index * segmentBytes;
    MappedByteBuffer mapped = map(begin, Math.min(segmentBytes, size - begin));
    return segments.compareAndSet(index, null, mapped) ? mapped : segments.get(index);
  }

  private MappedByteBuffer map(long offset, long length) {
    try {
      return channel.map(MapMode.READ_ONLY, offset, length);
    } catch (IOException e) {
      throw new UncheckedIOException(path + ": cannot be mapped: " + e.getMessage(), e);
    }
  }
}
