package dev.millrace.policy;

import dev.millrace.contracts.avro.PolicyVersion;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Keys of {@code policy-weights} and {@code policy-versions}: policy/version. */
final class Keys {

  /** A key taken apart. */
  record Parsed(String policy, long version) {}

  private Keys() {}

  static byte[] of(String policy, long version) {
    return (policy + "/" + version).getBytes(StandardCharsets.UTF_8);
  }

  static byte[] of(PolicyVersion manifest) {
    return of(manifest.getPolicy(), manifest.getVersion());
  }

  /** Empty for a key that is not ours. */
  static Optional<Parsed> parse(byte[] key) {
    if (key == null) {
      return Optional.empty();
    }
    String text = new String(key, StandardCharsets.UTF_8);
    int slash = text.lastIndexOf('/');
    try {
      return slash < 0
          ? Optional.empty()
          : Optional.of(
              new Parsed(text.substring(0, slash), Long.parseLong(text.substring(slash + 1))));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }
}
