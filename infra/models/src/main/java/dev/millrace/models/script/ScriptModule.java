package dev.millrace.models.script;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * A compiled script. {@link #infer} calls a method without autograd (fast; its results never enter
 * a loss), {@link #differentiable} calls one with it. Both take tensors and lists of tensors;
 * {@code infer} also takes long, double and boolean.
 *
 * <p>Thread-safe for {@code infer}; {@code differentiable} belongs to the thread that owns the
 * weights, because lists are passed by naming their tensors.
 */
public final class ScriptModule implements AutoCloseable {

  private final TorchRuntime runtime;
  private final PtSymbolBlock block;
  private final Scope scope;

  private ScriptModule(TorchRuntime runtime, PtSymbolBlock block, Scope scope) {
    this.runtime = runtime;
    this.block = block;
    this.scope = scope;
  }

  /**
   * Compiles a script.
   *
   * @param source the text of the script; a syntax or type error in it is reported with its line
   */
  public static ScriptModule compile(TorchRuntime runtime, String source) {
    runtime.enter(0);
    Scope scope = Scope.open(runtime);
    try (InputStream in = new ByteArrayInputStream(TorchScriptArchive.of(source))) {
      PtSymbolBlock block = JniUtils.loadModule(scope.manager(), in, false, false);
      return new ScriptModule(runtime, block, scope);
    } catch (EngineException e) {
      scope.close();
      throw new ScriptException("(compile)", String.valueOf(e.getMessage()), e);
    } catch (IOException e) {
      scope.close();
      throw new UncheckedIOException("reading a script from memory failed", e);
    }
  }

  /**
   * Compiles a script that stands among our resources, with the constants of one model written into
   * it: each {@code name = value} becomes a method {@code name()} of the script.
   */
  public static ScriptModule compileResource(
      TorchRuntime runtime, Class<?> owner, String resource, Map<String, Object> constants) {
    return compile(runtime, source(owner, resource, constants));
  }

  /** The source of a script with its constants; see {@link #compileResource}. */
  public static String source(Class<?> owner, String resource, Map<String, Object> constants) {
    var text = new StringBuilder(read(owner, resource));
    for (var constant : constants.entrySet()) {
      text.append("\n  def ").append(constant.getKey()).append("(self: __torch__.M) -> ");
      text.append(
          switch (constant.getValue()) {
            case Boolean b -> "bool:\n    return " + (b ? "True" : "False");
            case Integer i -> "int:\n    return " + i;
            case Long l -> "int:\n    return " + l;
            case Double d -> "float:\n    return " + d;
            case List<?> list -> "List[int]:\n    return " + list;
            default ->
                throw new IllegalArgumentException(
                    "constant "
                        + constant.getKey()
                        + " is neither bool, int, float nor a list of int: "
                        + constant.getValue());
          });
    }
    return text.append('\n').toString();
  }

  /** The text of a script among our resources. */
  public static String read(Class<?> owner, String resource) {
    try (InputStream in = owner.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalArgumentException("no script '" + resource + "' beside " + owner);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).stripTrailing();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read script " + resource, e);
    }
  }

  /** Calls a method in inference mode; the tensors of the result go to {@code out}. */
  public NDList infer(Scope out, int threads, String method, Object... args) {
    try (IValue result = run(threads, method, args)) {
      return result.toNDList(out.manager());
    } catch (EngineException e) {
      throw new ScriptException(method, String.valueOf(e.getMessage()), e);
    }
  }

  /** Calls a method in inference mode that returns a list of tensors, kept as such. */
  public TensorList inferList(int threads, String method, Object... args) {
    return TensorList.own(run(threads, method, args));
  }

  /**
   * Calls a method under autograd: results carry gradients to those arguments that require them.
   *
   * @param args tensors and lists of tensors; an empty list cannot be passed
   */
  public NDList differentiable(Scope out, int threads, String method, Object... args) {
    return call(out, threads, true, method, args);
  }

  /**
   * Calls a method without recording a graph; unlike those of {@link #infer}, its results are
   * ordinary tensors, which may enter a loss.
   */
  public NDList plain(Scope out, int threads, String method, Object... args) {
    return call(out, threads, false, method, args);
  }

  private NDList call(Scope out, int threads, boolean graph, String method, Object... args) {
    runtime.enter(threads);
    NDList inputs = new NDList();
    try (NDArray name = out.manager().create(0)) {
      name.setName("module_method:" + method);
      inputs.add(name);
      for (int i = 0; i < args.length; i++) {
        addInput(inputs, i, args[i]);
      }
      boolean before = JniUtils.isGradMode();
      JniUtils.setGradMode(graph);
      try {
        return IValueUtils.forward(block, inputs, true);
      } finally {
        JniUtils.setGradMode(before);
      }
    } catch (EngineException e) {
      throw new ScriptException(method, String.valueOf(e.getMessage()), e);
    }
  }

  private static void addInput(NDList inputs, int position, Object arg) {
    if (arg instanceof NDArray array) {
      array.setName(null);
      inputs.add(array);
    } else if (arg instanceof List<?> list) {
      if (list.isEmpty()) {
        throw new IllegalArgumentException("argument " + position + " is an empty list");
      }
      for (Object element : list) {
        NDArray array = (NDArray) element;
        array.setName("a" + position + "[]");
        inputs.add(array);
      }
    } else {
      throw new IllegalArgumentException("argument " + position + " is no tensor: " + arg);
    }
  }

  private IValue run(int threads, String method, Object... args) {
    runtime.enter(threads);
    IValue[] values = new IValue[args.length];
    boolean[] mine = new boolean[args.length];
    try {
      for (int i = 0; i < args.length; i++) {
        mine[i] = !(args[i] instanceof TensorList);
        values[i] = value(i, args[i]);
      }
      return IValueUtils.runMethod(block, method, values);
    } catch (EngineException e) {
      throw new ScriptException(method, String.valueOf(e.getMessage()), e);
    } finally {
      for (int i = 0; i < values.length; i++) {
        if (mine[i] && values[i] != null) {
          values[i].close();
        }
      }
    }
  }

  private static IValue value(int position, Object arg) {
    return switch (arg) {
      case PtNDArray tensor -> IValue.from(tensor);
      case TensorList list -> list.value();
      case Long number -> IValue.from(number.longValue());
      case Integer number -> IValue.from(number.longValue());
      case Double number -> IValue.from(number.doubleValue());
      case Boolean flag -> IValue.from(flag.booleanValue());
      case List<?> list ->
          IValue.listFrom(list.stream().map(PtNDArray.class::cast).toArray(PtNDArray[]::new));
      case null, default ->
          throw new IllegalArgumentException(
              "argument " + position + " is no script value: " + arg);
    };
  }

  @Override
  public void close() {
    block.close();
    scope.close();
  }
}
