package dev.millrace.policy;

import dev.millrace.contracts.avro.PolicyVersion;
import dev.millrace.contracts.avro.TensorEntry;
import dev.millrace.models.checkpoint.Tensor;
import dev.millrace.models.checkpoint.TensorInfo;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The bytes of a version while they come in: one thread adds them, others read tensors that are
 * already there and wait for those that are not, so that hashing and copying overlap with
 * receiving.
 */
final class Arrival implements WeightsReader.Sink {

  private final String what;
  private final long length;
  private final List<Region> regions = new ArrayList<>();
  private int filling;

  // Guarded by this.
  private long there;
  private RuntimeException failure;

  /**
   * Makes room for a version.
   *
   * @param length of all bytes that will be added
   * @param asFloats whether tensors are kept in float32, whatever they were published in, so that
   *     {@link #floats} can give them away
   * @throws PolicyException if its manifest contradicts itself, or there is no memory for it
   */
  Arrival(PolicyVersion manifest, long length, boolean asFloats) {
    this.what = Manifests.describe(manifest);
    this.length = length;
    List<Region> planned = new ArrayList<>();
    for (TensorEntry entry : manifest.getTensors()) {
      planned.add(
          Region.planned(entry.getName(), entry.getStart(), entry.getEnd(), Manifests.info(entry)));
    }
    manifest
        .getAttached()
        .forEach(
            (name, file) ->
                planned.add(Region.planned(name, file.getStart(), file.getEnd(), null)));
    planned.sort(Comparator.comparingLong(Region::start).thenComparingLong(Region::end));
    requireWhole(planned);
    try {
      for (Region region : planned) {
        regions.add(region.allocated(asFloats));
      }
    } catch (OutOfMemoryError e) {
      throw Manifests.noMemory(what, length, e);
    }
  }

  private void requireWhole(List<Region> planned) {
    long at = 0;
    for (Region region : planned) {
      long size = region.end() - region.start();
      boolean fits = !region.isTensor() || region.info().byteLength() == size;
      if (region.start() != at || size < 0 || size > Integer.MAX_VALUE - 8 || !fits) {
        throw new PolicyException(
            PolicyException.Reason.CORRUPT,
            "%s: its manifest puts %s at bytes %d to %d, which cannot be"
                .formatted(what, region.name(), region.start(), region.end()));
      }
      at = region.end();
    }
    if (at != length) {
      throw new PolicyException(
          PolicyException.Reason.CORRUPT,
          "%s: its manifest describes %d bytes of %d".formatted(what, at, length));
    }
  }

  /** The tensors, in the order of their bytes; each waits where it is read before it came. */
  List<Tensor> tensors() {
    List<Tensor> tensors = new ArrayList<>();
    for (Region region : regions) {
      if (region.isTensor()) {
        tensors.add(new Arriving(region));
      }
    }
    return tensors;
  }

  /**
   * Waits for all tensors and gives their memory away: float32, by name.
   *
   * @throws PolicyException naming one with a NaN or an infinity
   */
  Map<String, ByteBuffer> floats() {
    Map<String, ByteBuffer> floats = new HashMap<>();
    for (Region region : regions) {
      if (region.isTensor()) {
        await(region.end());
        if (!WeightsBytes.isFinite(region.data())) {
          throw new PolicyException(
              PolicyException.Reason.UNFIT,
              "%s: tensor %s holds a NaN or an infinity".formatted(what, region.name()));
        }
        floats.put(region.name(), region.data());
      }
    }
    return floats;
  }

  /** Contents of the files behind the tensors; to be called when everything is there. */
  Map<String, byte[]> files() {
    Map<String, byte[]> files = new TreeMap<>();
    for (Region region : regions) {
      if (!region.isTensor()) {
        await(region.end());
        byte[] content = new byte[region.length()];
        region.data().duplicate().clear().get(content);
        files.put(region.name(), content);
      }
    }
    return files;
  }

  /**
   * Adds what follows.
   *
   * @throws PolicyException if it is more than there should be
   */
  @Override
  public void add(ByteBuffer bytes) {
    long at = received();
    if (bytes.remaining() > length - at) {
      throw new PolicyException(
          PolicyException.Reason.CORRUPT,
          "%s: the log holds more than its %d bytes".formatted(what, length));
    }
    while (bytes.hasRemaining()) {
      Region region = regions.get(filling);
      int offset = (int) (at - region.start());
      int room = region.length() - offset;
      if (room == 0) {
        filling++;
        continue;
      }
      int count = Math.min(room, bytes.remaining());
      region.put(offset, bytes, count);
      at += count;
    }
    synchronized (this) {
      there = at;
      notifyAll();
    }
  }

  @Override
  public synchronized long received() {
    return there;
  }

  @Override
  public boolean isWhole() {
    return received() == length;
  }

  /** Ends every wait with this; the first failure counts. */
  @Override
  public synchronized void fail(RuntimeException cause) {
    if (failure == null && there < length) {
      failure = cause;
      notifyAll();
    }
  }

  @Override
  public synchronized boolean failed() {
    return failure != null;
  }

  /**
   * Waits until so many bytes are there. Who fills this keeps the deadline and fails it in time.
   */
  private synchronized void await(long position) {
    while (there < position) {
      if (failure != null) {
        throw failure;
      }
      try {
        wait(1000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new PolicyException(
            PolicyException.Reason.TIMEOUT, what + ": interrupted while it was loaded", e);
      }
    }
  }

  private final class Arriving implements Tensor {
    private final Region region;

    Arriving(Region region) {
      this.region = region;
    }

    @Override
    public TensorInfo info() {
      return region.info();
    }

    @Override
    public ByteBuffer slice(long offset, int count) {
      await(region.start() + offset + count);
      return region.slice((int) offset, count);
    }
  }
}
