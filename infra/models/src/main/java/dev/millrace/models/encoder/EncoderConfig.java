package dev.millrace.models.encoder;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The shape of an encoder of the BERT or RoBERTa family.
 *
 * @param family BERT or ROBERTA (XLM-R is a RoBERTa with another vocabulary)
 * @param vocab rows of the word embedding
 * @param hidden width
 * @param layers number of blocks
 * @param heads attention heads; divides {@code hidden}
 * @param ffn width of the feed-forward part
 * @param positions rows of the position embedding
 * @param types rows of the token-type embedding
 * @param eps epsilon of layer norm
 * @param activation gelu, gelu_new or relu
 * @param padToken id of padding; RoBERTa counts its positions from it
 * @param labels outputs of the classification head; 0 = no head
 */
public record EncoderConfig(
    Family family,
    int vocab,
    int hidden,
    int layers,
    int heads,
    int ffn,
    int positions,
    int types,
    double eps,
    String activation,
    int padToken,
    int labels) {

  /** Architectures that differ in positions, names and head. */
  public enum Family {
    BERT("bert", "bert"),
    ROBERTA("roberta", "roberta"),
    XLM_ROBERTA("xlm-roberta", "roberta");

    private final String modelType;
    private final String prefix;

    Family(String modelType, String prefix) {
      this.modelType = modelType;
      this.prefix = prefix;
    }
  }

  private static final List<String> ACTIVATIONS = List.of("gelu", "gelu_new", "relu");

  public EncoderConfig {
    if (hidden % heads != 0) {
      throw new IllegalArgumentException(
          "hidden_size %d is no multiple of num_attention_heads %d".formatted(hidden, heads));
    }
    if (!ACTIVATIONS.contains(activation)) {
      throw new IllegalArgumentException(
          "hidden_act '%s' is not supported, only %s".formatted(activation, ACTIVATIONS));
    }
  }

  /**
   * Reads the tree of a config.json.
   *
   * @throws IllegalArgumentException for another architecture, listing what is supported
   */
  public static EncoderConfig parse(JsonNode json) {
    String type = json.path("model_type").asText("");
    Family family =
        switch (type) {
          case "bert" -> Family.BERT;
          case "roberta" -> Family.ROBERTA;
          case "xlm-roberta" -> Family.XLM_ROBERTA;
          default ->
              throw new IllegalArgumentException(
                  "unsupported encoder '" + type + "': supported are bert, roberta, xlm-roberta");
        };
    if (!json.path("position_embedding_type").asText("absolute").equals("absolute")) {
      throw new IllegalArgumentException("only absolute position embeddings are supported");
    }
    boolean head = json.path("architectures").path(0).asText("").contains("SequenceClass");
    int labels = json.path("id2label").isObject() ? json.path("id2label").size() : 2;
    return new EncoderConfig(
        family,
        required(json, "vocab_size"),
        required(json, "hidden_size"),
        required(json, "num_hidden_layers"),
        required(json, "num_attention_heads"),
        required(json, "intermediate_size"),
        required(json, "max_position_embeddings"),
        json.path("type_vocab_size").asInt(2),
        json.path("layer_norm_eps").asDouble(1e-12),
        activation(json.path("hidden_act").asText("gelu")),
        json.path("pad_token_id").asInt(family == Family.BERT ? 0 : 1),
        head ? json.path("num_labels").asInt(labels) : 0);
  }

  private static String activation(String name) {
    return name.equals("gelu_pytorch_tanh") ? "gelu_new" : name;
  }

  private static int required(JsonNode json, String name) {
    if (!json.path(name).isNumber()) {
      throw new IllegalArgumentException("setting '" + name + "' is missing");
    }
    return json.path(name).asInt();
  }

  /** The tree of a config.json that {@link #parse} and other tools read back. */
  public ObjectNode json() {
    ObjectNode json = new ObjectMapper().createObjectNode();
    String name =
        switch (family) {
          case BERT -> "Bert";
          case ROBERTA -> "Roberta";
          case XLM_ROBERTA -> "XLMRoberta";
        };
    json.putArray("architectures").add(name + (labels > 0 ? "ForSequenceClassification" : "Model"));
    json.put("model_type", family.modelType).put("vocab_size", vocab).put("hidden_size", hidden);
    json.put("num_hidden_layers", layers).put("num_attention_heads", heads);
    json.put("intermediate_size", ffn).put("max_position_embeddings", positions);
    json.put("type_vocab_size", types).put("layer_norm_eps", eps).put("hidden_act", activation);
    json.put("pad_token_id", padToken).put("torch_dtype", "float32");
    if (labels > 0) {
      json.put("num_labels", labels);
      ObjectNode names = json.putObject("id2label");
      for (int i = 0; i < labels; i++) {
        names.put(String.valueOf(i), "LABEL_" + i);
      }
    }
    return json;
  }

  /** The number of the first position: RoBERTa leaves out those up to its padding id. */
  int firstPosition() {
    return family == Family.BERT ? 0 : padToken + 1;
  }

  /** Tokens of the longest sequence, special ones included. */
  public int maxTokens() {
    return positions - firstPosition();
  }

  /** Shapes of all weights by their Hugging Face names, in the script's order, without a prefix. */
  Map<String, long[]> shapes() {
    Map<String, long[]> out = new LinkedHashMap<>();
    out.put("embeddings.word_embeddings.weight", new long[] {vocab, hidden});
    out.put("embeddings.position_embeddings.weight", new long[] {positions, hidden});
    out.put("embeddings.token_type_embeddings.weight", new long[] {types, hidden});
    norm(out, "embeddings.LayerNorm");
    for (int l = 0; l < layers; l++) {
      String at = "encoder.layer." + l + ".";
      for (String part : List.of("query", "key", "value")) {
        linear(out, at + "attention.self." + part, hidden, hidden);
      }
      linear(out, at + "attention.output.dense", hidden, hidden);
      norm(out, at + "attention.output.LayerNorm");
      linear(out, at + "intermediate.dense", ffn, hidden);
      linear(out, at + "output.dense", hidden, ffn);
      norm(out, at + "output.LayerNorm");
    }
    return out;
  }

  /** Shapes of the head's weights, which stand beside the encoder, not under its prefix. */
  Map<String, long[]> headShapes() {
    Map<String, long[]> out = new LinkedHashMap<>();
    if (labels > 0) {
      boolean bert = family == Family.BERT;
      linear(out, bert ? "bert.pooler.dense" : "classifier.dense", hidden, hidden);
      linear(out, bert ? "classifier" : "classifier.out_proj", labels, hidden);
    }
    return out;
  }

  /** What stands before the names of an encoder below a head. */
  String prefix() {
    return family.prefix + ".";
  }

  private static void linear(Map<String, long[]> out, String name, long rows, long columns) {
    out.put(name + ".weight", new long[] {rows, columns});
    out.put(name + ".bias", new long[] {rows});
  }

  private void norm(Map<String, long[]> out, String name) {
    out.put(name + ".weight", new long[] {hidden});
    out.put(name + ".bias", new long[] {hidden});
  }

  Map<String, Object> constants() {
    return Map.of(
        "n_layers", layers, "n_heads", heads, "eps", eps, "act", ACTIVATIONS.indexOf(activation));
  }

  long weights() {
    return shapes().values().stream().mapToLong(s -> s.length == 1 ? s[0] : s[0] * s[1]).sum();
  }
}
