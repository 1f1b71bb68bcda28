package dev.millrace.models.bench;

import dev.millrace.models.decoder.DecoderConfig;
import dev.millrace.models.decoder.RopeScaling;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** The shapes that are measured; weights are random, as speed does not depend on them. */
final class BenchShapes {

  private BenchShapes() {}

  static Map<String, DecoderConfig> all() {
    Map<String, DecoderConfig> out = new LinkedHashMap<>();
    out.put("small", DecoderConfig.llama(512, 256, 4, 4, 2, 704, 512));
    out.put("medium", DecoderConfig.llama(8192, 768, 12, 12, 4, 2048, 512));
    out.put("qwen0.5b", qwen());
    return out;
  }

  private static DecoderConfig qwen() {
    return new DecoderConfig(
        "Qwen2ForCausalLM",
        151936,
        896,
        24,
        14,
        2,
        64,
        4864,
        1e-6,
        512,
        1_000_000,
        new RopeScaling.None(),
        true,
        true,
        false,
        false,
        false,
        0,
        Collections.nCopies(24, false),
        0.02);
  }
}
