package dev.millrace.policy;

import dev.millrace.contracts.avro.AttachedFile;
import dev.millrace.contracts.avro.TensorEntry;
import dev.millrace.models.checkpoint.Tensor;
import dev.millrace.models.checkpoint.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What is published of a version, as one run of bytes that is nowhere stored as a whole: the
 * tensors in the order of {@link dev.millrace.models.checkpoint.TensorDigest}, so that a reader can
 * hash them as they come; then the files that do not fit into the manifest.
 */
final class WeightsBytes {

  /** Stays in the processor's cache, and holds whole elements of every type. */
  private static final int SLICE = 1 << 18;

  private static final Comparator<Tensor> CANONICAL =
      Comparator.comparing(
          tensor -> tensor.name().getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned);

  private interface Source {
    ByteBuffer slice(long offset, int length);
  }

  private record Region(long start, long end, Source source) {}

  private final List<Tensor> tensors;
  private final List<Region> regions = new ArrayList<>();
  private final List<TensorEntry> entries = new ArrayList<>();
  private final Map<String, AttachedFile> attached = new TreeMap<>();
  private long tensorLength;
  private long length;
  private int next;

  /**
   * @param tensors of one type
   * @param files contents by name
   */
  WeightsBytes(Collection<Tensor> tensors, Map<String, byte[]> files) {
    this.tensors = tensors.stream().sorted(CANONICAL).toList();
    for (Tensor tensor : this.tensors) {
      long start = append(tensor.byteLength(), tensor::slice);
      entries.add(
          new TensorEntry(
              tensor.name(),
              tensor.type().name(),
              Arrays.stream(tensor.shape()).boxed().collect(Collectors.toList()),
              start,
              length));
    }
    tensorLength = length;
    files.forEach(
        (name, content) -> {
          ByteBuffer bytes = ByteBuffer.wrap(content).asReadOnlyBuffer();
          long start = append(content.length, (offset, count) -> bytes.slice((int) offset, count));
          attached.put(name, new AttachedFile(start, length, sha256(content)));
        });
  }

  private long append(long bytes, Source source) {
    long start = length;
    length += bytes;
    if (bytes > 0) {
      regions.add(new Region(start, length, source));
    }
    return start;
  }

  /** The tensors in canonical order. */
  List<Tensor> tensors() {
    return tensors;
  }

  List<TensorEntry> entries() {
    return entries;
  }

  Map<String, AttachedFile> attached() {
    return attached;
  }

  long length() {
    return length;
  }

  /** Where the tensors end and the files begin. */
  long tensorLength() {
    return tensorLength;
  }

  /**
   * Copies the bytes from {@code position} on into {@code target}, until it is full or they end.
   * Quick if positions ascend.
   */
  void copy(long position, byte[] target, int count) {
    ByteBuffer out = ByteBuffer.wrap(target, 0, count);
    if (next >= regions.size() || regions.get(next).start() > position) {
      next = 0;
    }
    long at = position;
    while (out.hasRemaining()) {
      Region region = regions.get(next);
      if (at >= region.end()) {
        next++;
        continue;
      }
      int piece = (int) Math.min(Math.min(SLICE, out.remaining()), region.end() - at);
      out.put(region.source().slice(at - region.start(), piece));
      at += piece;
    }
  }

  /**
   * The same, and looks through what is of tensors.
   *
   * @param what names the version in messages
   * @throws PolicyException if there is a NaN or an infinity
   */
  void copyFinite(long position, byte[] target, int count, String what) {
    copy(position, target, count);
    int weights = (int) Math.min(count, Math.max(0, tensorLength - position));
    if (weights > 0 && !isFinite(target, weights, tensors.getFirst().type())) {
      throw new PolicyException(
          PolicyException.Reason.UNFIT,
          what + " has a NaN or an infinity in its weights: it is not published");
    }
  }

  /**
   * Whether whole elements at the beginning of {@code bytes} are all finite: no exponent has all of
   * its bits set.
   */
  static boolean isFinite(byte[] bytes, int count, TensorType type) {
    ByteBuffer in = ByteBuffer.wrap(bytes, 0, count).order(ByteOrder.LITTLE_ENDIAN);
    int seen = 0;
    if (type == TensorType.F32) {
      for (int i = 0; i + 4 <= count; i += 4) {
        seen |= (in.getInt(i) & 0x7f800000) + 0x00800000;
      }
      return seen >= 0;
    }
    for (int i = 0; i + 2 <= count; i += 2) {
      seen |= (in.getShort(i) & 0x7f80) + 0x0080;
    }
    return (seen & 0x8000) == 0;
  }

  /** The same for all of a buffer of float32 in its order. */
  static boolean isFinite(ByteBuffer floats) {
    int seen = 0;
    for (int i = 0; i + 4 <= floats.limit(); i += 4) {
      seen |= (floats.getInt(i) & 0x7f800000) + 0x00800000;
    }
    return seen >= 0;
  }

  static String sha256(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
