package dev.millrace.models.script;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The linear maps of a script: over plain matrices, or over matrices laid out for the kernels of
 * oneDNN, which multiply 16 rows nearly twice as fast and 64 a quarter faster. Those exist on the
 * CPU, in float32, in builds of libtorch that have oneDNN. So do its products for training, over
 * matrices as they stand, and sums of weighted rows in place of products with one vector.
 *
 * <p>oneDNN 3.7.1 loses part of a matrix whose rows do not fill its last block of 64 where it uses
 * AVX-512, silently. So what this CPU's kernels compute is compared with plain products once a
 * process, and what does not agree is not used.
 */
public final class DenseKernels {

  private static final Logger LOG = LoggerFactory.getLogger(DenseKernels.class);
  private static final String FOLDER = "/dev/millrace/models/";
  private static final int[] WHOLE = {64, 192};
  private static final int[] TAILED = {18, 40, 88, 96, 352, 1000};
  private static final int[] WIDTHS = {16, 44, 176};
  private static final int[] STRIPES = {64, 77, 512, 3000};
  // Rows, width and outputs of products that reach the borders of blocks, and some that do not.
  private static final int[][] PRODUCTS = {
    {128, 64, 192}, {129, 77, 130}, {257, 96, 688}, {300, 352, 18}, {96, 688, 257}, {520, 320, 1003}
  };
  private static final int[] ROWS = {1, 3, 17, 64};
  private static final double ROUNDING = 1e-3;
  private static final String ARCHITECTURE = System.getProperty("os.arch");
  private static final String ONEDNN = "dense_onednn.py";
  private static final String PLAIN = "dense_plain.py";
  private static final String PRODUCTS_ONEDNN = "products_onednn.py";
  private static final String PRODUCTS_PLAIN = "products_plain.py";
  private static final String PROBE = "dense_probe.py";

  /** What oneDNN can be trusted with: nothing, whole blocks of rows, matrices of any size. */
  private enum Trust {
    NONE,
    WHOLE_BLOCKS,
    ALL
  }

  private static volatile Trust trust;
  private static Boolean stripes;
  private static Boolean products;

  /**
   * A script with its linear maps.
   *
   * @param packed whether they take matrices laid out for oneDNN
   */
  public record Compiled(ScriptModule module, boolean packed) {}

  private DenseKernels() {}

  /**
   * Compiles a script of our resources with the fastest maps that there are.
   *
   * @param more files with further methods of the script
   */
  public static Compiled fastest(
      TorchRuntime runtime, String script, Map<String, Object> constants, String... more) {
    Trust found = usable(runtime) ? trust(runtime) : Trust.NONE;
    if (found == Trust.NONE) {
      return plain(runtime, script, constants, more);
    }
    Map<String, Object> all = new HashMap<>(constants);
    all.put("tails", found == Trust.ALL);
    return new Compiled(compile(runtime, script, all, ONEDNN, more), true);
  }

  /**
   * By how much a width is to be increased so that two matrices of so many rows, one below the
   * other, have only whole blocks, where that decides whether they are laid out.
   */
  public static int missing(TorchRuntime runtime, int width) {
    boolean whole = usable(runtime) && trust(runtime) == Trust.WHOLE_BLOCKS;
    return whole ? Math.floorMod(-width, 32) : 0;
  }

  /**
   * Whether products with one vector go by sums of weighted rows, over matrices in stripes: their
   * kernels for x86 read memory half as fast again as those for matrices, and with several threads.
   */
  public static boolean stripes(TorchRuntime runtime) {
    if (!usable(runtime) || !ARCHITECTURE.equals("amd64")) {
      return false;
    }
    synchronized (DenseKernels.class) {
      if (stripes == null) {
        stripes = worstStripe(runtime) < ROUNDING;
        if (!stripes) {
          LOG.warn("sums of weighted rows are wrong on this CPU: matrices stay as they are");
        }
      }
      return stripes;
    }
  }

  /**
   * The file with the products of training: by oneDNN where it multiplies matrices rightly as they
   * stand, which is twice as fast as MKL on a CPU whose AVX-512 MKL does not use.
   */
  public static String products(TorchRuntime runtime) {
    if (!usable(runtime)) {
      return PRODUCTS_PLAIN;
    }
    synchronized (DenseKernels.class) {
      if (products == null) {
        products = productsAgree(runtime);
      }
      return products ? PRODUCTS_ONEDNN : PRODUCTS_PLAIN;
    }
  }

  /** Those products alone, to measure them. */
  public static ScriptModule compileProducts(TorchRuntime runtime) {
    return compile(runtime, PROBE, Map.of(), PLAIN, products(runtime));
  }

  private static boolean productsAgree(TorchRuntime runtime) {
    try (ScriptModule script =
        compile(runtime, PROBE, Map.of(), PLAIN, PRODUCTS_ONEDNN, "products_probe.py")) {
      SplittableRandom random = new SplittableRandom(2);
      double worst = 0;
      for (int[] size : PRODUCTS) {
        try (Scope scope = Scope.open(runtime)) {
          NDArray difference =
              script
                  .infer(
                      scope,
                      2,
                      "product_difference",
                      matrix(scope, random, size[0], size[1]),
                      matrix(scope, random, size[2], size[1]),
                      matrix(scope, random, size[0], size[2]))
                  .singletonOrThrow();
          worst = Math.max(worst, difference.getFloat());
        }
      }
      if (!(worst < ROUNDING)) {
        LOG.warn("oneDNN multiplies wrongly on this CPU: training does not use it");
      }
      return worst < ROUNDING;
    } catch (ScriptException e) {
      return false; // this libtorch has no oneDNN
    }
  }

  private static boolean usable(TorchRuntime runtime) {
    return !runtime.device().isGpu() && runtime.precision() == Precision.FLOAT32;
  }

  /**
   * Compiles a script of our resources with maps over plain matrices.
   *
   * @param more files with further methods of the script
   */
  public static Compiled plain(
      TorchRuntime runtime, String script, Map<String, Object> constants, String... more) {
    return new Compiled(compile(runtime, script, constants, PLAIN, more), false);
  }

  private static ScriptModule compile(
      TorchRuntime runtime,
      String script,
      Map<String, Object> constants,
      String dense,
      String... more) {
    var source =
        new StringBuilder(ScriptModule.source(DenseKernels.class, FOLDER + script, constants));
    source.append(ScriptModule.read(DenseKernels.class, FOLDER + dense)).append('\n');
    for (String file : more) {
      source.append(ScriptModule.read(DenseKernels.class, FOLDER + file)).append('\n');
    }
    return ScriptModule.compile(runtime, source.toString());
  }

  private static Trust trust(TorchRuntime runtime) {
    Trust known = trust;
    if (known == null) {
      synchronized (DenseKernels.class) {
        if (trust == null) {
          trust = probe(runtime);
        }
        known = trust;
      }
    }
    return known;
  }

  private static Trust probe(TorchRuntime runtime) {
    try (ScriptModule script = compile(runtime, PROBE, Map.of("tails", true), ONEDNN)) {
      if (!(worst(runtime, script, WHOLE) < ROUNDING)) {
        LOG.warn("oneDNN multiplies wrongly on this CPU: matrices stay as they are");
        return Trust.NONE;
      }
      if (!(worst(runtime, script, TAILED) < ROUNDING)) {
        LOG.info(
            "oneDNN multiplies wrongly where rows are no multiple of 64: those stay as they are");
        return Trust.WHOLE_BLOCKS;
      }
      return Trust.ALL;
    } catch (ScriptException e) {
      LOG.info("this libtorch has no oneDNN kernels: matrices stay as they are");
      return Trust.NONE;
    }
  }

  /** What {@link #fastest} uses here and how far that is from plain products. */
  static SelfCheck.Finding check(TorchRuntime runtime) {
    try (ScriptModule script = fastest(runtime, PROBE, Map.of()).module()) {
      int[] all = IntStream.concat(IntStream.of(WHOLE), IntStream.of(TAILED)).toArray();
      double worst = worst(runtime, script, all);
      String used =
          !usable(runtime)
              ? "plain"
              : switch (trust(runtime)) {
                case NONE -> "plain: oneDNN's are missing or wrong here";
                case WHOLE_BLOCKS ->
                    "oneDNN for whole blocks of 64 rows, which alone are right here";
                case ALL -> "oneDNN";
              };
      return new SelfCheck.Finding(
          "matrix kernels",
          worst < ROUNDING,
          String.format(
              Locale.ROOT,
              "%s, differ by %.1e from plain ones; one vector by %s",
              used,
              worst,
              stripes(runtime) ? "sums of rows" : "plain ones"));
    }
  }

  // The largest difference from plain products over matrices of so many rows; NaN if there is one.
  private static double worst(TorchRuntime runtime, ScriptModule script, int[] outputs) {
    SplittableRandom random = new SplittableRandom(1);
    double worst = 0;
    for (int n : outputs) {
      for (int k : WIDTHS) {
        for (int m : ROWS) {
          worst = Math.max(worst, difference(runtime, script, random, m, k, n));
        }
      }
    }
    return worst;
  }

  private static double worstStripe(TorchRuntime runtime) {
    try (ScriptModule script = compile(runtime, PROBE, Map.of(), PLAIN)) {
      SplittableRandom random = new SplittableRandom(1);
      double worst = 0;
      for (int width : STRIPES) {
        for (int rows : WIDTHS) {
          worst = Math.max(worst, stripeDifference(runtime, script, random, rows, width));
        }
      }
      return worst;
    }
  }

  private static double stripeDifference(
      TorchRuntime runtime, ScriptModule script, SplittableRandom random, int k, int width) {
    try (Scope scope = Scope.open(runtime)) {
      return script
          .infer(
              scope,
              2,
              "striped_difference",
              matrix(scope, random, 1, k).reshape(k),
              matrix(scope, random, 3 * width, k),
              3)
          .singletonOrThrow()
          .getFloat();
    }
  }

  /** The same for one random product [m, k] x [k, n], with and without a bias. */
  static double difference(
      TorchRuntime runtime, ScriptModule script, SplittableRandom random, int m, int k, int n) {
    try (Scope scope = Scope.open(runtime)) {
      return script
          .infer(
              scope,
              1,
              "difference",
              matrix(scope, random, m, k),
              matrix(scope, random, n, k),
              matrix(scope, random, 1, n).reshape(n))
          .singletonOrThrow()
          .getFloat();
    }
  }

  private static PtNDArray matrix(Scope scope, SplittableRandom random, int rows, int columns) {
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextDouble(-1, 1);
    }
    return scope.floats(values, rows, columns);
  }
}
