package dev.millrace.policy;

import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import dev.millrace.contracts.avro.PolicyVersion;
import dev.millrace.contracts.avro.TensorEntry;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The bytes of a whole version as it was published, kept so that later versions may be published as
 * their difference from it. Always the same one until the next whole version: a worker that skipped
 * some needs this and the newest, and nothing in between. For one thread.
 */
final class DeltaBase {

  /** A difference that is not smaller than this part of the whole is not worth its decoding. */
  private static final double WORTH = 0.75;

  private static final int LEVEL = 1;

  private final PolicyFiles files;
  private final List<ByteBuffer> pieces = new ArrayList<>();
  private PolicyVersion manifest;
  private int deltas;

  DeltaBase(PolicyFiles files) {
    this.files = files;
  }

  /** Takes in what follows, a record at a time. */
  void add(byte[] bytes, int count) {
    pieces.add(ByteBuffer.allocateDirect(count).put(0, bytes, 0, count));
  }

  /** Says which version it is. */
  void of(PolicyVersion whole) {
    manifest = whole;
  }

  PolicyVersion manifest() {
    return manifest;
  }

  /** Whether a version with these tensors may be published as a difference from this one. */
  boolean serves(PolicyDraft draft, List<TensorEntry> entries) {
    return deltas < draft.deltas()
        && manifest.getPolicy().equals(draft.policy())
        && manifest.getTensors().equals(entries)
        && files.equals(draft.files());
  }

  /**
   * The difference of other weights from these, compressed, in pieces of the size of records; empty
   * if it is not much smaller than the weights.
   *
   * @throws PolicyException if there is a NaN in them
   */
  Optional<List<byte[]>> difference(WeightsBytes now, int width, String what) {
    byte[] block = new byte[DeltaCodec.BLOCK];
    byte[] base = new byte[DeltaCodec.BLOCK];
    byte[] encoded = new byte[DeltaCodec.BLOCK];
    var out = new Pieces((long) (WORTH * now.tensorLength()));
    try (var zstd = new ZstdOutputStreamNoFinalizer(out, LEVEL)) {
      for (long at = 0; at < now.tensorLength() && !out.full(); at += block.length) {
        int count = (int) Math.min(block.length, now.tensorLength() - at);
        now.copyFinite(at, block, count, what);
        copy(at, base, count);
        DeltaCodec.encode(block, base, count, width, encoded);
        zstd.write(encoded, 0, count);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(what + " cannot be compressed: " + e.getMessage(), e);
    }
    if (out.full()) {
      return Optional.empty();
    }
    deltas++;
    return Optional.of(out.pieces());
  }

  private void copy(long at, byte[] target, int count) {
    // Blocks divide records, and only the last record is shorter.
    int piece = (int) (at / PolicyPublisher.RECORD_BYTES);
    pieces.get(piece).get((int) (at % PolicyPublisher.RECORD_BYTES), target, 0, count);
  }

  /** Collects bytes up to a limit; beyond it they are only known to be too many. */
  private static final class Pieces extends OutputStream {
    private final long limit;
    private final List<byte[]> pieces = new ArrayList<>();
    private byte[] last = new byte[0];
    private int used;
    private long length;

    Pieces(long limit) {
      this.limit = limit;
    }

    boolean full() {
      return length > limit;
    }

    @Override
    public void write(int b) {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int count) {
      length += count;
      int at = from;
      while (at < from + count && !full()) {
        if (used == last.length) {
          last = new byte[PolicyPublisher.RECORD_BYTES];
          used = 0;
          pieces.add(last);
        }
        int part = Math.min(from + count - at, last.length - used);
        System.arraycopy(bytes, at, last, used, part);
        used += part;
        at += part;
      }
    }

    List<byte[]> pieces() {
      if (used < last.length) {
        pieces.set(pieces.size() - 1, java.util.Arrays.copyOf(last, used));
      }
      return pieces;
    }
  }
}
