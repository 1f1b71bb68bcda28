package dev.millrace.serving.structured;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import dev.millrace.serving.Refusal;
import dev.millrace.serving.chat.AnswerFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Enforces JSON for one vocabulary: compiles schemas, keeps those used last with what they have
 * learned of the vocabulary, and makes the mask of each answer.
 */
public final class StructuredOutput {

  private static final int KEPT = 32;
  private static final String PARAM = "response_format";

  private final Optional<List<byte[]>> bytes;
  private final Set<Integer> stops;
  private final Map<JsonNode, Automaton> automata =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<JsonNode, Automaton> eldest) {
          return size() > KEPT;
        }
      };

  private TokenTable table;

  /**
   * @param bytes of every token by id; empty for a vocabulary without such
   * @param stops tokens that end an answer
   */
  public StructuredOutput(Optional<List<byte[]>> bytes, Set<Integer> stops) {
    this.bytes = bytes;
    this.stops = Set.copyOf(stops);
  }

  /**
   * The mask for one answer; for one thread at a time.
   *
   * @param most tokens of the answer
   * @throws Refusal 400 naming the keyword that cannot be enforced, or why nothing can be
   */
  public JsonMask mask(AnswerFormat format, int most) {
    if (bytes.isEmpty() || stops.isEmpty()) {
      throw Refusal.unsupported(
          PARAM, "The vocabulary of this model does not allow for JSON to be enforced.");
    }
    Automaton automaton = automaton(format);
    int shortest = automaton.start().shortest;
    if (shortest >= ShortestText.NONE) {
      throw Refusal.unsupported(
          PARAM,
          "Nothing that this model can write satisfies the schema: it contradicts itself, or the"
              + " model has no tokens for it.");
    }
    if (shortest + 1 > most) {
      throw Refusal.invalid(
          "max_tokens",
          "The shortest answer of this format may need %d tokens, and there is room for %d."
              .formatted(shortest + 1, most));
    }
    return new JsonMask(automaton, bytes.get(), stops, most);
  }

  private synchronized Automaton automaton(AnswerFormat format) {
    JsonNode key =
        format instanceof AnswerFormat.JsonSchema schema ? schema.schema() : NullNode.getInstance();
    Automaton known = automata.get(key);
    if (known != null) {
      return known;
    }
    if (table == null) {
      table = new TokenTable(bytes.orElseThrow());
    }
    Automaton made = new Automaton(grammar(format), table);
    automata.put(key, made);
    return made;
  }

  private static Node grammar(AnswerFormat format) {
    return switch (format) {
      case AnswerFormat.JsonObject object -> leading(JsonRules.OBJECT);
      case AnswerFormat.JsonSchema schema -> {
        try {
          yield leading(SchemaCompiler.compile(schema.schema()));
        } catch (SchemaException e) {
          throw Refusal.unsupported(
              PARAM + ".json_schema.schema", "The schema cannot be enforced: " + e.getMessage());
        }
      }
      case AnswerFormat.Text text ->
          throw new IllegalArgumentException("Plain text has no grammar");
    };
  }

  /** Some vocabularies begin every text with a space. */
  private static Node leading(Node value) {
    return Node.seq(Node.maybe(Node.text(" ")), value);
  }
}
