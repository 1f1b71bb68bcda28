package dev.millrace.learner.run;

/** Ranges of settings, with the offending value in the message. */
final class Checks {

  private Checks() {}

  static void range(String key, long value, long min, long max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          max >= Integer.MAX_VALUE
              ? "%s must be at least %d, not %d".formatted(key, min, value)
              : "%s must be from %d to %d, not %d".formatted(key, min, max, value));
    }
  }

  static void share(String key, double value) {
    if (!(value >= 0 && value <= 1)) {
      throw new IllegalArgumentException(key + " must be from 0 to 1, not " + value);
    }
  }

  /** Names become part of record keys, folder names and transactional ids. */
  static void name(String key, String value) {
    if (value == null || !value.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,99}")) {
      throw new IllegalArgumentException(
          value == null || value.isEmpty()
              ? key + " is not set: give a name"
              : "%s is '%s': a name has letters, digits, '.', '_' and '-', 100 at most, and begins with a letter or digit"
                  .formatted(key, value));
    }
  }
}
