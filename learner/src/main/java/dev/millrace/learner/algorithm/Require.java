package dev.millrace.learner.algorithm;

/** Checks of settings: a message names the setting, the rule and the offending value. */
final class Require {

  private Require() {}

  static void that(boolean ok, String name, String rule, Object value) {
    if (!ok) {
      throw new IllegalArgumentException(name + " must be " + rule + ", not " + value);
    }
  }

  static void atLeast(int min, String name, long value) {
    that(value >= min, name, "at least " + min, value);
  }

  static void notNegative(String name, double value) {
    that(value >= 0 && Double.isFinite(value), name, ">= 0", value);
  }

  static void positive(String name, double value) {
    that(value > 0 && Double.isFinite(value), name, "> 0", value);
  }
}
