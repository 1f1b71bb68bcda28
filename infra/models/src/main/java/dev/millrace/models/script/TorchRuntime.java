package dev.millrace.models.script;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.jni.JniUtils;
import java.util.function.Consumer;

/**
 * libtorch in this process: loaded once, offline, with the device, the number format and the thread
 * rule in one place.
 *
 * <p>Threads: a matrix product shared by two threads pays only when it is large. A model says how
 * many weights it has and {@link #threadsFor} chooses; {@code MILLRACE_TORCH_THREADS} in the
 * environment (or the system property {@code millrace.torch.threads}) overrides it.
 */
public final class TorchRuntime {

  /** Below this many weights one thread is faster than two (measured: 3 M loses, 100 M gains). */
  private static final long SMALL_MODEL = 20_000_000;

  private static final Consumer<String> SILENT = line -> {};

  /**
   * What {@link #enter} has told libtorch about a thread: -1 nothing yet, 0 no number of threads.
   */
  private static final ThreadLocal<Integer> THREADS_OF_THREAD = ThreadLocal.withInitial(() -> -1);

  private static TorchRuntime cpu;
  private static TorchRuntime preferred;

  private final Device device;
  private final Precision precision;
  private final NDManager root;

  private TorchRuntime(Device device, Precision precision, NDManager root) {
    this.device = device;
    this.precision = precision;
    this.root = root;
  }

  /** The CPU. Loads libtorch at the first call (seconds, once a machine: it is unpacked then). */
  public static TorchRuntime cpu() {
    return cpu(SILENT);
  }

  /** The CPU, with a line of progress now and then while libtorch is being unpacked. */
  public static synchronized TorchRuntime cpu(Consumer<String> progress) {
    if (cpu == null) {
      Engine engine = LibtorchLoader.load(progress);
      cpu = new TorchRuntime(Device.cpu(), Precision.FLOAT32, engine.newBaseManager(Device.cpu()));
    }
    return cpu;
  }

  /** The first CUDA device in bfloat16 where there is one, otherwise the CPU in float32. */
  public static synchronized TorchRuntime preferred(Consumer<String> progress) {
    if (preferred == null) {
      TorchRuntime fallback = cpu(progress);
      int gpus = Engine.getEngine("PyTorch").getGpuCount();
      preferred =
          gpus == 0
              ? fallback
              : new TorchRuntime(
                  Device.gpu(),
                  Precision.BFLOAT16,
                  Engine.getEngine("PyTorch").newBaseManager(Device.gpu()));
    }
    return preferred;
  }

  /** Where tensors live. */
  public Device device() {
    return device;
  }

  /** The number format for inference here; training keeps float32 master weights. */
  public Precision precision() {
    return precision;
  }

  /** Version of libtorch. */
  public String version() {
    return Engine.getEngine("PyTorch").getVersion();
  }

  /** How many threads an operator of a model with so many weights should use. */
  public static int threadsFor(long weights) {
    String fixed =
        System.getProperty("millrace.torch.threads", System.getenv("MILLRACE_TORCH_THREADS"));
    if (fixed != null && !fixed.isBlank()) {
      int threads = parseThreads(fixed.strip());
      return threads;
    }
    return weights < SMALL_MODEL ? 1 : Runtime.getRuntime().availableProcessors();
  }

  /** Sets the threads of NDArray operations that the calling thread makes from Java. */
  public static void useThreads(int threads) {
    JniUtils.setNumThreads(threads);
    THREADS_OF_THREAD.set(threads);
  }

  private static int parseThreads(String text) {
    try {
      int threads = Integer.parseInt(text);
      if (threads >= 1) {
        return threads;
      }
    } catch (NumberFormatException e) {
      // reported below, with the value
    }
    throw new IllegalArgumentException(
        "MILLRACE_TORCH_THREADS must be a number of at least 1, not '" + text + "'");
  }

  NDManager root() {
    return root;
  }

  /** Prepares the calling thread; {@code threads} 0 leaves the number of threads as it is. */
  void enter(int threads) {
    int current = THREADS_OF_THREAD.get();
    if (current == -1) {
      // Profiling executors cost 500 MB and a slow second call, and are no faster here.
      JniUtils.setGraphExecutorOptimize(false);
      THREADS_OF_THREAD.set(0);
      current = 0;
    }
    if (threads > 0 && threads != current) {
      JniUtils.setNumThreads(threads);
      THREADS_OF_THREAD.set(threads);
    }
  }
}
