package dev.millrace.models.generate;

import static dev.millrace.models.generate.EngineFixture.CPU;
import static dev.millrace.models.generate.EngineFixture.argmax;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.models.decoder.Decoder;
import dev.millrace.models.decoder.DecoderConfig;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.decoder.Initialisation;
import dev.millrace.models.script.Scope;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Draws from a vocabulary that is searched by blocks, in batches that are sampled in pieces. */
class WideVocabularyTest {

  // No whole number of blocks; logits of two pieces for the head, and of five for sampling.
  private static final int VOCAB = 9_001;
  private static final int COPIES = 1_000;
  private static final int SEED = 11;
  private static final double ROUNDING = 3e-6;
  private static final int[] PROMPT = {1, 5, 8_999};

  private static DecoderWeights weights;

  @BeforeAll
  static void drawWeights() {
    DecoderConfig config = DecoderConfig.llama(VOCAB, 32, 2, 4, 2, 48, 96);
    weights = DecoderWeights.random(CPU, config, Initialisation.SCALED, 3);
    weights.get("lm_head.weight").muli(20);
  }

  @AfterAll
  static void free() {
    weights.close();
  }

  @Test
  void a_token_is_where_the_distribution_function_passes_the_uniform_number() {
    BitSet all = new BitSet();
    all.set(0, VOCAB);
    assertThat(drawn(all, null)).hasSizeGreaterThan(100);
  }

  @Test
  void so_it_is_where_a_mask_leaves_few_tokens_at_the_borders_of_blocks() {
    BitSet few = new BitSet();
    for (int token : new int[] {0, 255, 256, 4_096, 8_959, 8_960, 9_000}) {
      few.set(token);
    }
    assertThat(drawn(few, generated -> few)).hasSizeGreaterThan(2);
  }

  /** First tokens drawn; they, and the second ones at the borders of pieces, are checked. */
  private static Set<Integer> drawn(BitSet allowed, LogitsMask mask) {
    Set<Integer> tokens = new TreeSet<>();
    try (GenerationEngine engine =
        new GenerationEngine(weights, 1, GenerationSettings.of(COPIES, 8), null)) {
      SamplingParams params = SamplingParams.sampled(SEED, 2).withTopLogProbs(2);
      List<GeneratedSequence> out =
          engine.run(List.of(new GenerationRequest("wide", PROMPT, COPIES, params, mask)));
      assertThat(out).hasSize(COPIES);
      Distribution first = Distribution.after(PROMPT, allowed);
      for (GeneratedSequence sequence : out) {
        first.check(sequence, 0);
        tokens.add(sequence.tokens()[0]);
      }
      for (int copy : new int[] {0, 199, 200, 499, 500, 999}) {
        GeneratedSequence sequence = out.get(copy);
        assertThat(sequence.index()).isEqualTo(copy);
        int[] before = EngineFixture.concat(PROMPT, new int[] {sequence.tokens()[0]});
        Distribution.after(before, allowed).check(sequence, 1);
      }
    }
    return tokens;
  }

  /**
   * What may follow, in double precision.
   *
   * @param upTo the distribution function before every token, and 1 at the end
   */
  private record Distribution(BitSet allowed, double[] upTo, int best) {

    static Distribution after(int[] tokens, BitSet allowed) {
      try (Decoder decoder = Decoder.of(weights);
          Scope scope = Scope.open(CPU)) {
        float[] all = decoder.logits(scope, List.of(tokens)).toFloatArray();
        float[] logits = Arrays.copyOfRange(all, all.length - VOCAB, all.length);
        double total = allowed.stream().mapToDouble(t -> Math.exp(logits[t])).sum();
        double[] upTo = new double[VOCAB + 1];
        for (int t = 0; t < VOCAB; t++) {
          upTo[t + 1] = upTo[t] + (allowed.get(t) ? Math.exp(logits[t]) / total : 0);
        }
        return new Distribution(allowed, upTo, argmax(logits));
      }
    }

    void check(GeneratedSequence sequence, int position) {
      int token = sequence.tokens()[position];
      double u = Philox.uniform(SEED, sequence.index(), position);
      assertThat(allowed.get(token)).as("token %d is allowed", token).isTrue();
      assertThat(u).isBetween(upTo[token] - ROUNDING, upTo[token + 1] + ROUNDING);
      assertThat((double) sequence.logProbs()[position])
          .isCloseTo(Math.log(upTo[token + 1] - upTo[token]), within(1e-3));
      assertThat(sequence.top().get(position).getFirst().token()).isEqualTo(best);
    }
  }
}
