package dev.millrace.policy;

import dev.millrace.contracts.avro.PolicyVersion;
import dev.millrace.models.checkpoint.Tensor;
import dev.millrace.runtime.StageContext;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Brings the bytes of a version from the log and verifies them. What is done with them runs while
 * they come in: a thread receives, another hashes, the caller's uses them.
 */
final class VersionFetch implements AutoCloseable {

  /** A version that is coming in. */
  final class Fetched {
    private final PolicyVersion manifest;
    private final Arrival arrival;
    private final List<Tensor> tensors;
    private final DigestTask digest;
    private final Deadline deadline;

    private Fetched(PolicyVersion manifest, Arrival arrival, DigestTask digest, Deadline deadline) {
      this.manifest = manifest;
      this.arrival = arrival;
      this.tensors = arrival.tensors();
      this.digest = digest;
      this.deadline = deadline;
    }

    String what() {
      return Manifests.describe(manifest);
    }

    /** Not verified before {@link #verified} returns; reading them waits until they came. */
    List<Tensor> tensors() {
      return tensors;
    }

    /**
     * Waits for all tensors; their memory, in float32, is then the caller's.
     *
     * @throws PolicyException if there is a NaN in them
     */
    Map<String, ByteBuffer> finiteFloats() {
      try {
        return arrival.floats();
      } catch (PolicyException e) {
        if (e.reason() == PolicyException.Reason.UNFIT) {
          verified(); // a NaN: perhaps the bytes are not those that were published
        }
        throw e;
      }
    }

    /**
     * Waits until everything came and its hashes are known.
     *
     * @return contents of the version's own files
     * @throws PolicyException if tensors or files are not what was published
     */
    Map<String, byte[]> verified() {
      requireSame("its weights", digest.await(deadline, what()), manifest.getSha256());
      Map<String, byte[]> files = Manifests.inlineFiles(manifest);
      arrival
          .files()
          .forEach(
              (name, content) -> {
                String expected = manifest.getAttached().get(name).getSha256();
                requireSame(name, WeightsBytes.sha256(content), expected);
                files.put(name, content);
              });
      return files;
    }

    private void requireSame(String part, String actual, String expected) {
      if (!actual.equals(expected)) {
        throw new PolicyException(
            PolicyException.Reason.CORRUPT,
            "%s: %s in the log have the sha256 %s, published was %s"
                .formatted(what(), part, actual, expected));
      }
    }
  }

  private final StageContext context;
  private final ReentrantLock turn = new ReentrantLock();
  private WeightsReader reader;
  private volatile Arrival inHand;
  private volatile boolean closed;

  VersionFetch(StageContext context) {
    this.context = context;
  }

  /**
   * @param asFloats whether {@link Fetched#finiteFloats} will be asked for
   * @param use gets the version as it comes in; what it returns is returned
   */
  <T> T fetch(
      PolicyVersion manifest, boolean asFloats, Deadline deadline, Function<Fetched, T> use) {
    return turn(
        manifest,
        () -> {
          Arrival arrival = new Arrival(manifest, manifest.getBytes(), asFloats);
          return receive(manifest, arrival, arrival, deadline, use);
        });
  }

  /**
   * The same for a delta, in float32.
   *
   * @param base what it applies to: tensors of the same names, shapes and type
   */
  <T> T fetchDelta(
      PolicyVersion manifest, WeightsBytes base, Deadline deadline, Function<Fetched, T> use) {
    return turn(
        manifest,
        () -> {
          Arrival whole = new Arrival(manifest, base.tensorLength(), true);
          try (var delta = new DeltaArrival(manifest, base, whole)) {
            return receive(manifest, delta, whole, deadline, use);
          }
        });
  }

  private <T> T turn(PolicyVersion manifest, Supplier<T> fetch) {
    Manifests.requireLoadable(manifest);
    turn.lock();
    try {
      return fetch.get();
    } finally {
      inHand = null;
      turn.unlock();
    }
  }

  /**
   * @param into gets the bytes of the log
   * @param arrival gets those of the version
   */
  private <T> T receive(
      PolicyVersion manifest,
      WeightsReader.Sink into,
      Arrival arrival,
      Deadline deadline,
      Function<Fetched, T> use) {
    inHand = arrival;
    if (closed) {
      throw closedException(manifest);
    }
    if (reader == null) {
      reader = new WeightsReader(context);
    }
    Thread receiver =
        Thread.ofPlatform()
            .name("policy-receive-" + manifest.getPolicy())
            .daemon()
            .start(() -> reader.read(manifest, deadline, into));
    try (DigestTask digest =
        DigestTask.start("policy-digest-" + manifest.getPolicy(), arrival.tensors())) {
      return use(use, new Fetched(manifest, arrival, digest, deadline));
    } finally {
      join(receiver); // has ended, or sees within a poll that nobody wants more
    }
  }

  private static <T> T use(Function<Fetched, T> use, Fetched fetched) {
    try {
      return use.apply(fetched);
    } catch (OutOfMemoryError e) {
      throw Manifests.noMemory(fetched.what(), fetched.manifest.getBytes(), e);
    } finally {
      // Whatever ended it, nobody is to wait for more.
      fetched.arrival.fail(closedException(fetched.manifest));
    }
  }

  private static PolicyException closedException(PolicyVersion manifest) {
    return new PolicyException(
        PolicyException.Reason.TIMEOUT, Manifests.describe(manifest) + ": loading it was given up");
  }

  private static void join(Thread receiver) {
    boolean interrupted = false;
    while (receiver.isAlive()) {
      try {
        receiver.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    closed = true;
    Arrival arrival = inHand;
    if (arrival != null) {
      arrival.fail(
          new PolicyException(PolicyException.Reason.TIMEOUT, "loading was given up: closed"));
    }
    turn.lock();
    try {
      if (reader != null) {
        reader.close();
        reader = null;
      }
    } finally {
      turn.unlock();
    }
  }
}
