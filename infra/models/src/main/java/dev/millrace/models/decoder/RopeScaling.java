package dev.millrace.models.decoder;

/**
 * How rotary frequencies are stretched for contexts longer than those of pretraining. Formulas as
 * in the configurations that Hugging Face models carry.
 */
public sealed interface RopeScaling {

  /** Frequencies as they are. */
  record None() implements RopeScaling {}

  /** Position interpolation (Chen et al. 2023): all frequencies divided by {@code factor}. */
  record Linear(double factor) implements RopeScaling {}

  /** NTK-aware base that grows with the length, beyond {@code originalPositions}. */
  record Dynamic(double factor, int originalPositions) implements RopeScaling {}

  /** Llama 3.1: low frequencies divided, high ones kept, a smooth step between. */
  record Llama3(double factor, double lowFactor, double highFactor, int originalPositions)
      implements RopeScaling {}

  /** YaRN (Peng et al. 2023): a ramp between both, and attention scaled by {@code magnitude}. */
  record Yarn(
      double factor,
      double betaFast,
      double betaSlow,
      int originalPositions,
      double magnitude,
      boolean truncate)
      implements RopeScaling {}
}
