package dev.millrace.learner.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.models.decoder.DecoderConfigJson;
import java.util.List;
import java.util.stream.Stream;

/**
 * Where the policy comes from: exactly one of the three is given.
 *
 * @param random a new model with random weights and one token a character
 * @param directory a Hugging Face directory
 * @param published a version that another run has published
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record StartSettings(Random random, String directory, Published published) {

  /** The end token of a character tokenizer. */
  public static final String END = "<eos>";

  private static final List<String> SPECIAL = List.of("<pad>", END);

  public StartSettings {
    long given = Stream.of(random, directory, published).filter(part -> part != null).count();
    if (given > 1) {
      throw new IllegalArgumentException(
          "random, directory, published: %d of them are given, give exactly one".formatted(given));
    }
  }

  /** True when nothing was given. */
  public boolean missing() {
    return random == null && directory == null && published == null;
  }

  /**
   * A model from nothing.
   *
   * @param config keys of a Hugging Face config.json; {@code vocab_size} and the ids of the special
   *     tokens follow from the alphabet
   * @param alphabet every character that prompts and answers may have
   * @param special tokens with the ids from 0, {@code <eos>} among them
   * @param initialisation {@code scaled} for small models, {@code flat} as pretraining does
   */
  public record Random(
      JsonNode config, String alphabet, List<String> special, String initialisation) {

    public Random {
      if (config == null || !config.isObject()) {
        throw new IllegalArgumentException(
            "config must be an object with the keys of a config.json, such as" + " hidden_size");
      }
      DecoderConfigJson.parse(modelOf(config, 1));
      if (alphabet == null || alphabet.isEmpty()) {
        throw new IllegalArgumentException(
            "alphabet is empty: give every character that prompts and answers have");
      }
      special = special == null ? SPECIAL : List.copyOf(special);
      if (!special.contains(END)) {
        throw new IllegalArgumentException(
            "special is %s: it needs the end token %s".formatted(special, END));
      }
      initialisation = initialisation == null ? "scaled" : initialisation;
      if (!List.of("scaled", "flat").contains(initialisation)) {
        throw new IllegalArgumentException(
            "initialisation must be scaled or flat, not '" + initialisation + "'");
      }
    }

    /** The whole config.json of a model with so many tokens, of which one ends an answer. */
    public ObjectNode modelOf(int vocabulary) {
      ObjectNode whole =
          DecoderConfigJson.write(DecoderConfigJson.parse(modelOf(config, vocabulary)));
      return whole.put("eos_token_id", special.indexOf(END));
    }

    private static ObjectNode modelOf(JsonNode config, int vocabulary) {
      ObjectNode model = ((ObjectNode) config).deepCopy().put("vocab_size", vocabulary);
      if (!model.has("model_type") && !model.has("architectures")) {
        model.put("model_type", "llama");
      }
      return model;
    }
  }

  /**
   * A version from the log.
   *
   * @param policy its policy; null: the run's own
   * @param version null: the newest
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Published(String policy, Long version) {

    public Published {
      if (version != null && version < 0) {
        throw new IllegalArgumentException("version must be 0 or more, not " + version);
      }
    }
  }
}
