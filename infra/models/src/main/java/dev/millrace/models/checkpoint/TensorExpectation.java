package dev.millrace.models.checkpoint;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * The tensors that an architecture asks for, by name and shape, all of a floating type.
 *
 * @param architecture named in errors, for example {@code Qwen2ForCausalLM}
 * @param required must be there
 * @param optional may be there (a tied head written out, for example)
 * @param ignored names which are neither used nor complained about (buffers of older versions)
 */
public record TensorExpectation(
    String architecture,
    Map<String, long[]> required,
    Map<String, long[]> optional,
    Predicate<String> ignored) {

  public TensorExpectation {
    required = Map.copyOf(required);
    optional = Map.copyOf(optional);
  }

  public static TensorExpectation of(String architecture, Map<String, long[]> required) {
    return new TensorExpectation(architecture, required, Map.of(), name -> false);
  }

  public TensorExpectation withOptional(Map<String, long[]> optional) {
    return new TensorExpectation(architecture, required, optional, ignored);
  }

  public TensorExpectation ignoring(Predicate<String> ignored) {
    return new TensorExpectation(architecture, required, optional, ignored);
  }

  /**
   * @param origin where the tensors come from, for the message
   * @throws CheckpointException one message that names everything which does not fit
   */
  public void check(String origin, Collection<? extends Tensor> tensors) {
    Map<String, Tensor> present = new TreeMap<>();
    tensors.forEach(tensor -> present.put(tensor.name(), tensor));
    List<String> missing =
        required.keySet().stream().filter(n -> !present.containsKey(n)).sorted().toList();
    Map<String, long[]> known = new HashMap<>(optional);
    known.putAll(required);
    List<String> extra = new ArrayList<>();
    List<String> misshapen = new ArrayList<>();
    List<String> mistyped = new ArrayList<>();
    present.forEach(
        (name, tensor) -> {
          long[] expected = known.get(name);
          if (expected == null) {
            if (!ignored.test(name)) {
              extra.add(name);
            }
          } else if (!Arrays.equals(expected, tensor.shape())) {
            misshapen.add(
                "%s is %s, expected %s"
                    .formatted(name, Arrays.toString(tensor.shape()), Arrays.toString(expected)));
          } else if (!tensor.type().isFloating()) {
            mistyped.add(name + " is " + tensor.type() + ", expected a floating type");
          }
        });
    List<String> complaints = new ArrayList<>();
    complain(complaints, "missing", missing, ", ");
    complain(complaints, "unexpected", extra, ", ");
    complain(complaints, "wrong shape", misshapen, "; ");
    complain(complaints, "wrong type", mistyped, "; ");
    if (!complaints.isEmpty()) {
      throw new CheckpointException(
          origin + " does not fit " + architecture + ": " + String.join("; ", complaints));
    }
  }

  private static void complain(
      List<String> complaints, String what, List<String> names, String separator) {
    if (!names.isEmpty()) {
      complaints.add("%s %d (%s)".formatted(what, names.size(), String.join(separator, names)));
    }
  }
}
