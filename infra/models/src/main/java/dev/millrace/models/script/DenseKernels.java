package dev.millrace.models.script;

import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The linear maps of a script: over plain matrices, or over matrices laid out for the kernels of
 * oneDNN, which multiply 16 rows nearly twice as fast and 64 a quarter faster. Those exist on the
 * CPU, in float32, in builds of libtorch that have oneDNN.
 */
public final class DenseKernels {

  private static final Logger LOG = LoggerFactory.getLogger(DenseKernels.class);
  private static final String FOLDER = "/dev/millrace/models/";

  /** Whether this libtorch has oneDNN; learnt at the first attempt. */
  private static volatile boolean present = true;

  /**
   * A script with its linear maps.
   *
   * @param packed whether they take matrices laid out for oneDNN
   */
  public record Compiled(ScriptModule module, boolean packed) {}

  private DenseKernels() {}

  /** Compiles a script of our resources with the fastest maps that there are. */
  public static Compiled fastest(
      TorchRuntime runtime, String script, Map<String, Object> constants) {
    boolean possible =
        present && !runtime.device().isGpu() && runtime.precision() == Precision.FLOAT32;
    if (possible) {
      try {
        return new Compiled(compile(runtime, script, constants, "dense_onednn.py"), true);
      } catch (ScriptException e) {
        present = false;
        LOG.info("this libtorch has no oneDNN kernels: matrices stay as they are");
      }
    }
    return plain(runtime, script, constants);
  }

  /** Compiles a script of our resources with maps over plain matrices. */
  public static Compiled plain(TorchRuntime runtime, String script, Map<String, Object> constants) {
    return new Compiled(compile(runtime, script, constants, "dense_plain.py"), false);
  }

  private static ScriptModule compile(
      TorchRuntime runtime, String script, Map<String, Object> constants, String dense) {
    return ScriptModule.compile(
        runtime,
        ScriptModule.source(DenseKernels.class, FOLDER + script, constants)
            + ScriptModule.read(DenseKernels.class, FOLDER + dense)
            + "\n");
  }
}
