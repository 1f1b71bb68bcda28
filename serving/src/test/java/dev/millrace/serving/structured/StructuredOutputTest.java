package dev.millrace.serving.structured;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.millrace.models.tokenizer.Tokenizer;
import dev.millrace.serving.Refusal;
import dev.millrace.serving.TinyModels;
import dev.millrace.serving.chat.AnswerFormat;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StructuredOutputTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int SCHEMAS = Integer.getInteger("millrace.test.schemas", 400);

  @TempDir static Path folder;
  private static Tokenizer tokenizer;
  private static List<byte[]> bytes;
  private static int stop;
  private static StructuredOutput output;

  @BeforeAll
  static void vocabulary() {
    TinyModels.chatTokenizer().write(folder);
    tokenizer = Tokenizer.open(folder);
    bytes = tokenizer.tokenBytes().orElseThrow();
    stop = tokenizer.id(TinyModels.END).orElseThrow();
    output = new StructuredOutput(Optional.of(bytes), Set.of(stop));
  }

  @AfterAll
  static void close() {
    tokenizer.close();
  }

  @Test
  void whatever_a_random_model_writes_satisfies_the_schema() throws Exception {
    SchemaRegistry registry = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
    int written = 0;
    for (int seed = 0; seed < SCHEMAS; seed++) {
      RandomGenerator random = new SplittableRandom(seed);
      JsonNode schema = RandomSchema.draw(random);
      Schema validator = registry.getSchema(schema.toString(), InputFormat.JSON);
      for (int most : new int[] {60, 300}) {
        String text = answer(new AnswerFormat.JsonSchema("s", schema), most, random);
        if (text == null) {
          continue; // the shortest answer is longer
        }
        List<Error> errors =
            validator.validate(
                text,
                InputFormat.JSON,
                context -> context.executionConfig(c -> c.formatAssertionsEnabled(true)));
        assertThat(errors).as("seed %d: %s%n%s", seed, schema, text).isEmpty();
        JSON.readTree(text);
        written++;
      }
    }
    assertThat(written).isGreaterThan(SCHEMAS);
  }

  @Test
  void any_object_is_json() throws Exception {
    for (int seed = 0; seed < 100; seed++) {
      String text = answer(new AnswerFormat.JsonObject(), 200, new SplittableRandom(seed));
      assertThat(JSON.readTree(text).isObject()).as(text).isTrue();
    }
  }

  /** Half of the time whatever comes, half of the time what ends strings and objects. */
  private static String answer(AnswerFormat format, int most, RandomGenerator random) {
    JsonMask mask;
    try {
      mask = output.mask(format, most);
    } catch (Refusal e) {
      assertThat(e.param()).as(e.getMessage()).isEqualTo("max_tokens");
      return null;
    }
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    int[] tokens = new int[0];
    while (true) {
      BitSet allowed = mask.allowed(tokens);
      assertThat(allowed.isEmpty()).as(text.toString(StandardCharsets.UTF_8)).isFalse();
      int token = choose(allowed, random);
      if (token == stop) {
        return text.toString(StandardCharsets.UTF_8);
      }
      tokens = Arrays.copyOf(tokens, tokens.length + 1);
      tokens[tokens.length - 1] = token;
      assertThat(tokens.length).as("no room for the end").isLessThan(most);
      text.writeBytes(bytes.get(token));
    }
  }

  private static int choose(BitSet allowed, RandomGenerator random) {
    List<Integer> closing = new ArrayList<>();
    if (random.nextDouble() < 0.3) {
      for (int token : allowed.stream().toArray()) {
        String text = new String(bytes.get(token), StandardCharsets.UTF_8);
        if (token == stop || text.endsWith("\"") || text.endsWith("}") || text.endsWith("]")) {
          closing.add(token);
        }
      }
    }
    int[] all =
        closing.isEmpty()
            ? allowed.stream().toArray()
            : closing.stream().mapToInt(Integer::intValue).toArray();
    return all[random.nextInt(all.length)];
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'type':'object','properties':{'a':{'type':'integer'},'b':{}},'required':['b']} |"
            + " {'b': null} | {'a':1}",
        "{'type':'object','properties':{'a':{'type':'integer'},'b':{}},'required':['b']} |"
            + " {'a':-7,'b':[{}]} | {'b':1,'a':1}",
        "{'type':'object','additionalProperties':{'type':'boolean'}} | {'x':true,'y':false} |"
            + " {'x':1}",
        "{'properties':{'ab':{}},'additionalProperties':{'type':'null'}} | {'abc':null} |"
            + " {'abc':null,'ab':null}",
        "{'type':'array','prefixItems':[{'const':1},{'const':2}],'items':false} | [1,2] | [1,2,3]",
        "{'type':'array','items':{'type':'integer'},'minItems':2} | [1, 2] | [1]",
        "{'type':'array','items':[{'const':1}],'additionalItems':{'const':2}} | [1,2,2] | [2]",
        "{'type':'string','minLength':2,'maxLength':3} | '東京' | 'x'",
        "{'type':'string','pattern':'^a+b$'} | 'aab' | 'b'",
        "{'type':'string','pattern':'[^a-c]'} | 'd' | 'a'",
        "{'type':'string','format':'date'} | '2024-02-28' | '2024-02-30'",
        "{'type':'integer','minimum':-3,'exclusiveMaximum':12} | 11 | 12",
        "{'type':'integer','minimum':-3} | -3 | -4",
        "{'type':'number','minimum':0,'maximum':1} | 0.25 | 1.25",
        "{'type':'number','exclusiveMinimum':0,'maximum':1} | 0.001 | 0",
        "{'enum':['a',1,{'k':[]}]} | {'k':[]} | 'b'",
        "{'const':'x'} | 'x' | 'y'",
        "{'anyOf':[{'type':'null'},{'type':'boolean'}]} | null | 1",
        "{'oneOf':[{'type':'string'},{'type':'number'}]} | 1.5 | null",
        "{'$ref':'#/$defs/a','$defs':{'a':{'type':'array','items':{'$ref':'#/$defs/a'}}}} |"
            + " [[],[[]]] | [1]",
        "true | [1,'x'] | [1,]",
      })
  void keyword_lets_the_right_texts_through(String schema, String good, String bad)
      throws Exception {
    assertThat(accepts(schema, good.replace('\'', '"'))).isTrue();
    assertThat(accepts(schema, bad.replace('\'', '"'))).isFalse();
  }

  @Test
  void bounds_of_integers_are_exact() throws Exception {
    RandomGenerator random = new SplittableRandom(1);
    for (int round = 0; round < 60; round++) {
      int low = random.nextInt(-1200, 1200);
      int high = low + random.nextInt(700);
      Automaton automaton =
          automaton("{'type':'integer','minimum':%d,'maximum':%d}".formatted(low, high));
      for (int value = low - 20; value <= high + 20; value++) {
        assertThat(accepts(automaton, Integer.toString(value)))
            .as("%d in %d..%d", value, low, high)
            .isEqualTo(value >= low && value <= high);
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'type':'number','multipleOf':3} | multipleOf",
        "{'not':{}} | not",
        "{'type':'array','uniqueItems':true} | uniqueItems",
        "{'type':'array','contains':{}} | contains",
        "{'type':'object','patternProperties':{}} | patternProperties",
        "{'type':'object','properties':{'a':{'if':{}}}} | if",
        "{'type':'object','minProperties':2} | minProperties",
        "{'allOf':[{},{}]} | allOf",
        "{'oneOf':[{'type':'string'},{'const':'x'}]} | oneOf",
        "{'anyOf':[{}],'type':'string'} | type",
        "{'$ref':'https://example.org/schema'} | $ref",
        "{'$ref':'#/$defs/none'} | $ref",
        "{'type':'string','pattern':'(?=a)'} | pattern",
        "{'type':'string','pattern':'(a)\\\\1'} | pattern",
        "{'type':'string','pattern':'a','minLength':3} | pattern",
        "{'type':'string','format':'iri'} | format",
        "{'type':'text'} | type",
        "{'type':'integer','minimum':'x'} | minimum",
      })
  void keyword_that_is_not_enforced_is_refused_by_name(String schema, String keyword)
      throws Exception {
    JsonNode tree = JSON.readTree(schema.replace('\'', '"'));
    assertThatThrownBy(() -> output.mask(new AnswerFormat.JsonSchema("s", tree), 100))
        .isInstanceOfSatisfying(
            Refusal.class,
            r -> {
              assertThat(r.status()).isEqualTo(400);
              assertThat(r.getMessage()).contains("'" + keyword + "' at ");
            });
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "false",
        "{'type':'array','minItems':3,'maxItems':2}",
        "{'type':'integer','minimum':3,'maximum':2}",
        "{'enum':[1],'type':'string'}",
        "{'$ref':'#'}",
        "{'type':'object','properties':{'a':{'$ref':'#'}},'required':['a']}",
      })
  void schema_that_nothing_satisfies_is_refused(String schema) throws Exception {
    JsonNode tree = JSON.readTree(schema.replace('\'', '"'));
    assertThatThrownBy(() -> output.mask(new AnswerFormat.JsonSchema("s", tree), 100))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining("satisfies the schema");
  }

  @Test
  void vocabulary_without_braces_is_told_apart_from_a_bad_schema() {
    List<byte[]> digits = "0123456789+=-".chars().mapToObj(c -> new byte[] {(byte) c}).toList();
    StructuredOutput sums = new StructuredOutput(Optional.of(digits), Set.of(99));
    assertThatThrownBy(() -> sums.mask(new AnswerFormat.JsonObject(), 100))
        .hasMessageContaining("no tokens");
    assertThat(sums.mask(integer(), 100).allowed(new int[0]).cardinality()).isEqualTo(11);
  }

  @Test
  void limit_brings_the_answer_to_its_end_and_says_so() {
    JsonMask mask = output.mask(new AnswerFormat.JsonObject(), 3);
    int brace = id("{");
    assertThat(mask.allowed(new int[0]).get(brace)).isTrue();
    assertThat(mask.allowed(new int[] {brace}).stream().boxed()).containsExactly(id("}"));
    assertThat(mask.allowed(new int[] {brace, id("}")}).stream().boxed()).containsExactly(stop);
    assertThat(mask.hurried()).isTrue();
    assertThatThrownBy(() -> output.mask(new AnswerFormat.JsonObject(), 2))
        .isInstanceOfSatisfying(Refusal.class, r -> assertThat(r.param()).isEqualTo("max_tokens"));
  }

  private static AnswerFormat integer() {
    return new AnswerFormat.JsonSchema("i", JSON.createObjectNode().put("type", "integer"));
  }

  private static int id(String text) {
    byte[] wanted = text.getBytes(StandardCharsets.UTF_8);
    for (int id = 0; id < bytes.size(); id++) {
      if (Arrays.equals(bytes.get(id), wanted)) {
        return id;
      }
    }
    throw new IllegalArgumentException(text);
  }

  private static Automaton automaton(String schema) throws Exception {
    return new Automaton(
        SchemaCompiler.compile(JSON.readTree(schema.replace('\'', '"'))), new TokenTable(bytes));
  }

  private static boolean accepts(String schema, String text) throws Exception {
    return accepts(automaton(schema), text);
  }

  private static boolean accepts(Automaton automaton, String text) {
    Automaton.State state =
        automaton.after(automaton.start(), text.getBytes(StandardCharsets.UTF_8));
    return state != null && state.accepts;
  }
}
