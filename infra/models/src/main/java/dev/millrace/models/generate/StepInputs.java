package dev.millrace.models.generate;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import dev.millrace.models.script.Scope;
import java.util.BitSet;
import java.util.List;

/** What a native call needs to know of its sequences, gathered into arrays. */
final class StepInputs {

  private StepInputs() {}

  /** What any of the sequences needs. */
  static SlotMemory.Mode mode(List<RunningSequence> sequences) {
    int bits = 0;
    int top = 0;
    for (RunningSequence sequence : sequences) {
      SamplingParams params = sequence.params();
      bits |= params.draws() ? SlotMemory.Mode.DRAWS : SlotMemory.Mode.GREEDY;
      bits |= params.draws() && params.temperature() != 1 ? SlotMemory.Mode.TEMPERATURE : 0;
      bits |= params.filters() ? SlotMemory.Mode.FILTERS : 0;
      bits |= params.penal() ? SlotMemory.Mode.PENALTY : 0;
      bits |= sequence.owner.request.mask() != null ? SlotMemory.Mode.MASK : 0;
      top = Math.max(top, params.topLogProbs());
    }
    return new SlotMemory.Mode(bits, top);
  }

  /** The draw of every sequence for its next token. */
  static double[] uniforms(List<RunningSequence> sequences) {
    double[] out = new double[sequences.size()];
    for (int i = 0; i < out.length; i++) {
      out[i] = sequences.get(i).uniform();
    }
    return out;
  }

  /** Where the last token of each packed prompt stands. */
  static long[] lastTokens(List<int[]> prompts) {
    long[] out = new long[prompts.size()];
    long at = -1;
    for (int i = 0; i < out.length; i++) {
      at += prompts.get(i).length;
      out[i] = at;
    }
    return out;
  }

  /** Temperature, top-k, top-p, min-p and penalty of every sequence. */
  static float[] parameters(List<RunningSequence> sequences) {
    float[] out = new float[5 * sequences.size()];
    for (int i = 0; i < sequences.size(); i++) {
      SamplingParams p = sequences.get(i).params();
      out[5 * i] = (float) p.temperature();
      out[5 * i + 1] = p.topK();
      out[5 * i + 2] = (float) p.topP();
      out[5 * i + 3] = (float) p.minP();
      out[5 * i + 4] = (float) p.repetitionPenalty();
    }
    return out;
  }

  /** Which tokens the prompts of sequences with a penalty hold: [sequences, vocab] booleans. */
  static PtNDArray seen(Scope out, List<RunningSequence> sequences, int vocab) {
    float[] rows = new float[sequences.size() * vocab];
    for (int i = 0; i < sequences.size(); i++) {
      if (sequences.get(i).params().penal()) {
        for (int token : sequences.get(i).owner.request.promptTokens()) {
          rows[i * vocab + token] = 1;
        }
      }
    }
    return (PtNDArray) out.floats(rows, sequences.size(), vocab).toType(DataType.BOOLEAN, true);
  }

  /** What masks add to the logits, [sequences, vocab]; null where there is none. */
  static PtNDArray mask(Scope out, List<RunningSequence> sequences, int vocab) {
    if (sequences.stream().allMatch(s -> s.owner.request.mask() == null)) {
      return null;
    }
    float[] rows = new float[sequences.size() * vocab];
    for (int i = 0; i < sequences.size(); i++) {
      RunningSequence sequence = sequences.get(i);
      LogitsMask mask = sequence.owner.request.mask();
      BitSet allowed = mask == null ? null : mask.allowed(sequence.tokens());
      if (allowed == null) {
        continue;
      }
      if (allowed.isEmpty() || allowed.length() > vocab) {
        throw new IllegalArgumentException(
            "the mask of request %s allows no token or one outside of the vocabulary: %s"
                .formatted(sequence.owner.request.id(), allowed));
      }
      for (int t = 0; t < vocab; t++) {
        rows[i * vocab + t] = allowed.get(t) ? 0 : -1e30f;
      }
    }
    return out.floats(rows, sequences.size(), vocab);
  }
}
