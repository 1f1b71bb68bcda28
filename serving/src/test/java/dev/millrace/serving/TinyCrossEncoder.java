package dev.millrace.serving;

import dev.millrace.models.checkpoint.Checkpoint;
import dev.millrace.models.encoder.Encoder;
import dev.millrace.models.encoder.EncoderConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** A cross-encoder of the BERT family with random weights that knows the words of given texts. */
public final class TinyCrossEncoder {

  private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}]+|[^\\p{L}\\p{N}\\s]");
  private static final List<String> SPECIAL = List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]");

  private TinyCrossEncoder() {}

  /** Writes a Hugging Face directory. */
  public static Path write(Path directory, List<String> texts, long seed) throws IOException {
    var words = new TreeSet<String>();
    for (String text : texts) {
      WORD.matcher(text.toLowerCase(Locale.ROOT))
          .results()
          .map(MatchResult::group)
          .forEach(words::add);
    }
    var vocabulary = new StringBuilder();
    int id = 0;
    for (String token : SPECIAL) {
      vocabulary.append(id == 0 ? "" : ", ").append('"').append(token).append("\": ").append(id++);
    }
    for (String word : words) {
      if (!word.equals("\"") && !word.equals("\\")) {
        vocabulary.append(", \"").append(word).append("\": ").append(id++);
      }
    }
    var config =
        new EncoderConfig(EncoderConfig.Family.BERT, id, 32, 2, 2, 64, 512, 2, 1e-12, "gelu", 0, 1);
    Files.createDirectories(directory);
    Checkpoint.write(directory, Encoder.randomWeights(config, seed).values());
    Files.writeString(directory.resolve("config.json"), config.json().toString());
    Files.writeString(directory.resolve("tokenizer.json"), TOKENIZER.formatted(vocabulary));
    return directory;
  }

  private static final String TOKENIZER =
      """
      {"version": "1.0", "truncation": null, "padding": null, "normalizer": {"type": "Lowercase"},
       "added_tokens": [
         {"id": 2, "content": "[CLS]", "single_word": false, "lstrip": false, "rstrip": false,
          "normalized": false, "special": true},
         {"id": 3, "content": "[SEP]", "single_word": false, "lstrip": false, "rstrip": false,
          "normalized": false, "special": true}],
       "pre_tokenizer": {"type": "BertPreTokenizer"}, "decoder": {"type": "WordPiece",
       "prefix": "##", "cleanup": true},
       "post_processor": {"type": "TemplateProcessing",
         "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}},
           {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
         "pair": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}},
           {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}},
           {"Sequence": {"id": "B", "type_id": 1}}, {"SpecialToken": {"id": "[SEP]", "type_id": 1}}],
         "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]},
           "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]}}},
       "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
         "max_input_chars_per_word": 100, "vocab": {%s}}}
      """;
}
