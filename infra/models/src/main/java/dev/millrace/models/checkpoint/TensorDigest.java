package dev.millrace.models.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;

/**
 * SHA-256 over a set of tensors, independent of files, shards, header layout and order.
 *
 * <p>Canonical bytes: the ASCII line {@code millrace-tensors-v1\n}, then for each tensor, in the
 * order of the names' UTF-8 bytes (unsigned): name and type name as UTF-8, each after its length as
 * u32; the rank as u32; each dimension as u64; the byte length as u64; the bytes, row-major. All
 * integers and elements are little endian. Lengths stand before contents, so no two different sets
 * have the same canonical bytes.
 */
public final class TensorDigest {

  private static final byte[] PREFIX = "millrace-tensors-v1\n".getBytes(StandardCharsets.US_ASCII);

  private TensorDigest() {}

  /**
   * @return 64 lower-case hexadecimal digits
   * @throws IllegalArgumentException if a name occurs twice
   */
  public static String sha256(Collection<? extends Tensor> tensors) {
    List<? extends Tensor> sorted =
        tensors.stream()
            .sorted(Comparator.comparing((Tensor t) -> utf8(t.name()), Arrays::compareUnsigned))
            .toList();
    MessageDigest digest = newSha256();
    digest.update(PREFIX);
    String previous = null;
    for (Tensor tensor : sorted) {
      if (tensor.name().equals(previous)) {
        throw new IllegalArgumentException("two tensors are named " + previous);
      }
      previous = tensor.name();
      digest.update(header(tensor.info()));
      ElementChunks.forEach(tensor, (at, chunk) -> digest.update(chunk));
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static ByteBuffer header(TensorInfo info) {
    byte[] name = utf8(info.name());
    byte[] type = utf8(info.type().name());
    long[] shape = info.shape();
    ByteBuffer out =
        ByteBuffer.allocate(4 + name.length + 4 + type.length + 4 + 8 * shape.length + 8)
            .order(ByteOrder.LITTLE_ENDIAN);
    out.putInt(name.length).put(name).putInt(type.length).put(type).putInt(shape.length);
    for (long dimension : shape) {
      out.putLong(dimension);
    }
    return out.putLong(info.byteLength()).flip();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static MessageDigest newSha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
