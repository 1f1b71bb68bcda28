package dev.millrace.models.train;

import dev.millrace.models.checkpoint.TensorExpectation;
import dev.millrace.models.decoder.DecoderConfig;
import dev.millrace.models.decoder.DecoderLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What an adapter of a model consists of, by the names in an adapter file. Needs no libtorch. */
public final class LoraLayout {

  private static final String PREFIX = "base_model.model.";

  /**
   * One map that is adapted, {@code W + scale B A}.
   *
   * @param weight name of W [out, in] in the model
   * @param a name of A [rank, in]
   * @param b name of B [out, rank]
   */
  public record Pair(String weight, String a, String b) {}

  private LoraLayout() {}

  static Pair pair(int layer, String projection) {
    boolean attention = DecoderLayout.PROJECTIONS.indexOf(projection) < 4;
    String module =
        "model.layers." + layer + (attention ? ".self_attn." : ".mlp.") + projection + ".";
    return new Pair(
        module + "weight", PREFIX + module + "lora_A.weight", PREFIX + module + "lora_B.weight");
  }

  /** All maps that are adapted, in the order of the script. */
  public static List<Pair> pairs(DecoderConfig config, Lora.Settings settings) {
    List<Pair> pairs = new ArrayList<>();
    for (int l = 0; l < config.layers(); l++) {
      for (String projection : DecoderLayout.PROJECTIONS) {
        if (settings.targets().contains(projection)) {
          pairs.add(pair(l, projection));
        }
      }
    }
    return pairs;
  }

  /** Shapes of all tensors of an adapter. */
  public static Map<String, long[]> shapes(DecoderConfig config, Lora.Settings settings) {
    Map<String, long[]> of = DecoderLayout.of(config).shapes();
    Map<String, long[]> shapes = new LinkedHashMap<>();
    for (Pair pair : pairs(config, settings)) {
      long[] map = of.get(pair.weight());
      shapes.put(pair.a(), new long[] {settings.rank(), map[1]});
      shapes.put(pair.b(), new long[] {map[0], settings.rank()});
    }
    return shapes;
  }

  /** What the tensors of an adapter must be. */
  public static TensorExpectation expectation(DecoderConfig config, Lora.Settings settings) {
    return TensorExpectation.of(
        "a LoRA adapter of rank %d for this model".formatted(settings.rank()),
        shapes(config, settings));
  }
}
