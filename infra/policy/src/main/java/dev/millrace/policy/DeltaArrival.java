package dev.millrace.policy;

import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import dev.millrace.contracts.avro.PolicyVersion;
import java.nio.ByteBuffer;

/**
 * A delta while it comes in: what it makes of its base is added to the arrival of the whole. One
 * thread adds; {@link #fail} may come from any. Closed when nothing is added any more.
 */
final class DeltaArrival implements WeightsReader.Sink, AutoCloseable {

  private final PolicyVersion manifest;
  private final WeightsBytes base;
  private final Arrival result;
  private final int width;
  private final long total;
  private final ZstdDecompressCtx zstd = new ZstdDecompressCtx();
  private final ByteBuffer plain = ByteBuffer.allocateDirect(DeltaCodec.BLOCK);
  private final byte[] encoded = new byte[DeltaCodec.BLOCK];
  private final byte[] before = new byte[DeltaCodec.BLOCK];
  private final byte[] now = new byte[DeltaCodec.BLOCK];
  private ByteBuffer compressed = ByteBuffer.allocateDirect(0);
  private long made;
  private boolean ended;
  private volatile long received;

  /**
   * @param base what the delta applies to, in the type in which it was published
   * @param result of the bytes of the whole
   */
  DeltaArrival(PolicyVersion manifest, WeightsBytes base, Arrival result) {
    this.manifest = manifest;
    this.base = base;
    this.result = result;
    this.width = WeightsType.of(manifest.getDtype()).tensorType().bytes();
    this.total = base.tensorLength();
    plain.limit(block());
  }

  private int block() {
    return (int) Math.min(plain.capacity(), total - made);
  }

  @Override
  public void add(ByteBuffer bytes) {
    if (bytes.remaining() > manifest.getBytes() - received) {
      throw corrupt("the log holds more than its " + manifest.getBytes() + " bytes", null);
    }
    received += bytes.remaining();
    if (compressed.capacity() < bytes.remaining()) {
      compressed = ByteBuffer.allocateDirect(bytes.remaining());
    }
    compressed.clear().put(bytes).flip();
    try {
      boolean moves = true;
      while (!ended && moves) { // there may be more to come out when all has gone in
        int at = compressed.position() + plain.position();
        ended = zstd.decompressDirectByteBufferStream(plain, compressed);
        moves = compressed.position() + plain.position() > at;
        if (plain.position() > 0 && !plain.hasRemaining()) {
          take();
        }
      }
    } catch (ZstdException e) {
      throw corrupt("it cannot be decompressed: " + e.getMessage(), e);
    }
    if (compressed.hasRemaining() || isWhole() && made < total) {
      throw corrupt("it holds %d bytes of %d of its difference".formatted(made, total), null);
    }
  }

  private void take() {
    int count = plain.position();
    plain.flip().get(encoded, 0, count);
    base.copy(made, before, count);
    DeltaCodec.decode(encoded, before, count, width, now);
    result.add(ByteBuffer.wrap(now, 0, count));
    made += count;
    plain.clear().limit(block());
  }

  private PolicyException corrupt(String why, RuntimeException cause) {
    return new PolicyException(
        PolicyException.Reason.CORRUPT, Manifests.describe(manifest) + ": " + why, cause);
  }

  @Override
  public long received() {
    return received;
  }

  @Override
  public boolean isWhole() {
    return received == manifest.getBytes();
  }

  @Override
  public void fail(RuntimeException cause) {
    result.fail(cause);
  }

  @Override
  public boolean failed() {
    return result.failed();
  }

  @Override
  public void close() {
    zstd.close();
  }
}
