package dev.millrace.policy;

import dev.millrace.models.checkpoint.ModelDirectory;
import dev.millrace.models.decoder.DecoderConfig;
import dev.millrace.models.decoder.DecoderConfigJson;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.decoder.Initialisation;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.models.tokenizer.CharacterTokenizer;
import dev.millrace.models.tokenizer.TokenizerDefinition;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Small models for tests. */
final class Models {

  /** The demonstration's shape: 140,992 weights, one record. */
  static final DecoderConfig TINY = DecoderConfig.llama(18, 64, 3, 4, 2, 176, 64);

  /** 13 MB in float32, untied: four records. */
  static final DecoderConfig RECORDS = DecoderConfig.llama(4096, 256, 2, 4, 2, 704, 64);

  static final TokenizerDefinition CHARACTERS =
      CharacterTokenizer.of("0123456789+=ab", List.of("<pad>", "<end>"))
          .withRole("eos_token", "<end>");

  private Models() {}

  static DecoderWeights random(DecoderConfig config, long seed) {
    return DecoderWeights.random(TorchRuntime.cpu(), config, Initialisation.SCALED, seed);
  }

  static PolicyFiles files(DecoderConfig config) {
    return new PolicyFiles(contents(config));
  }

  static PolicyFiles files(DecoderConfig config, Map<String, String> more) {
    Map<String, byte[]> files = contents(config);
    more.forEach((name, text) -> files.put(name, text.getBytes(StandardCharsets.UTF_8)));
    return new PolicyFiles(files);
  }

  private static Map<String, byte[]> contents(DecoderConfig config) {
    Map<String, byte[]> files = new TreeMap<>();
    files.put(ModelDirectory.CONFIG, utf8(DecoderConfigJson.write(config).toPrettyString()));
    files.put(ModelDirectory.TOKENIZER, utf8(CHARACTERS.tokenizer().toPrettyString()));
    files.put(ModelDirectory.TOKENIZER_CONFIG, utf8(CHARACTERS.config().toPrettyString()));
    return files;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
