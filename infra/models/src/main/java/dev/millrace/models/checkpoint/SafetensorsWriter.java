package dev.millrace.models.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Writes a safetensors file as the reference implementation does: widest elements first, then by
 * name, the header padded with spaces to 8 bytes so that every tensor is aligned. Equal tensors and
 * metadata give equal files.
 */
public final class SafetensorsWriter {

  /** What other tools want to see before they load a file. */
  public static final Map<String, String> DEFAULT_METADATA = Map.of("format", "pt");

  private static final Comparator<Tensor> FILE_ORDER =
      Comparator.comparing((Tensor t) -> -t.type().bytes())
          .thenComparing(Tensor::type)
          .thenComparing(Tensor::name);

  private SafetensorsWriter() {}

  /** Writes with {@link #DEFAULT_METADATA}. */
  public static void write(Path file, Collection<? extends Tensor> tensors) {
    write(file, tensors, DEFAULT_METADATA);
  }

  /**
   * Replaces {@code file} in one step: after a crash it is the old one or the new one. Tensors may
   * be views of the very file that is replaced.
   *
   * @throws IllegalArgumentException if a name occurs twice
   */
  public static void write(
      Path file, Collection<? extends Tensor> tensors, Map<String, String> metadata) {
    List<Tensor> ordered = tensors.stream().map(Tensor.class::cast).sorted(FILE_ORDER).toList();
    ByteBuffer header = header(ordered, metadata);
    try {
      AtomicFiles.write(
          file,
          channel -> {
            writeFully(channel, header);
            for (Tensor tensor : ordered) {
              writeBytes(channel, tensor);
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": cannot be written: " + e.getMessage(), e);
    }
  }

  private static ByteBuffer header(List<Tensor> tensors, Map<String, String> metadata) {
    ObjectNode root = SafetensorsHeader.JSON.createObjectNode();
    if (!metadata.isEmpty()) {
      ObjectNode node = root.putObject(SafetensorsHeader.METADATA);
      new TreeMap<>(metadata).forEach(node::put);
    }
    Set<String> names = new HashSet<>();
    long at = 0;
    for (Tensor tensor : tensors) {
      if (!names.add(tensor.name()) || tensor.name().equals(SafetensorsHeader.METADATA)) {
        throw new IllegalArgumentException("the tensor name " + tensor.name() + " is taken");
      }
      ObjectNode node = root.putObject(tensor.name());
      node.put("dtype", tensor.type().name());
      Arrays.stream(tensor.shape()).forEach(node.putArray("shape")::add);
      long end = Math.addExact(at, tensor.byteLength());
      node.putArray("data_offsets").add(at).add(end);
      at = end;
    }
    byte[] json = root.toString().getBytes(StandardCharsets.UTF_8);
    int padded = (json.length + 7) / 8 * 8;
    if (padded > SafetensorsHeader.MAX_HEADER_BYTES) {
      throw new IllegalArgumentException("too many tensors for one file: " + tensors.size());
    }
    ByteBuffer out = ByteBuffer.allocate(8 + padded).order(ByteOrder.LITTLE_ENDIAN);
    out.putLong(padded).put(json);
    while (out.hasRemaining()) {
      out.put((byte) ' ');
    }
    return out.flip();
  }

  private static void writeBytes(FileChannel channel, Tensor tensor) throws IOException {
    long total = tensor.byteLength();
    for (long offset = 0; offset < total; offset += FileMapping.SEGMENT_BYTES) {
      int length = (int) Math.min(FileMapping.SEGMENT_BYTES, total - offset);
      writeFully(channel, tensor.slice(offset, length));
    }
  }

  private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }
}
