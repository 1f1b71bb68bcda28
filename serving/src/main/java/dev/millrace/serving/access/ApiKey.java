package dev.millrace.serving.access;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * An API key as settings hold it: never the secret, only its SHA-256, and whom it stands for.
 *
 * <p>Written as {@code name:sha256hex:principal|principal:role|role}, for example {@code
 * portal:9f86…0a08:group-a|alice:reader|producer}; several keys are separated by commas. A key
 * without roles is a reader's. The hash of a secret is what {@code printf %s SECRET | sha256sum}
 * prints.
 */
public record ApiKey(String name, byte[] sha256, Set<String> principals, Set<Role> roles) {

  private static final Pattern HEX = Pattern.compile("[0-9a-fA-F]{64}");

  public ApiKey {
    if (sha256.length != 32) {
      throw new IllegalArgumentException("A SHA-256 has 32 bytes, not " + sha256.length);
    }
    sha256 = sha256.clone();
    principals = Set.copyOf(principals);
    roles = Set.copyOf(roles);
  }

  /** Reads the written form; the message of a refusal names the key, never its hash. */
  public static ApiKey parse(String written) {
    String[] parts = written.strip().split(":", 4);
    if (parts.length < 2 || parts[0].isBlank() || !HEX.matcher(parts[1]).matches()) {
      throw new IllegalArgumentException(
          "API key '"
              + parts[0]
              + "' is not written as name:sha256hex:principal|principal:role|role (64 hexadecimal"
              + " digits)");
    }
    if (parts[0].equals(Caller.ANONYMOUS.name())) {
      throw new IllegalArgumentException(
          "API key '" + parts[0] + "' has the name of callers without one: give it another");
    }
    Set<String> principals = parts.length < 3 ? Set.of() : names(parts[2]);
    return new ApiKey(parts[0], HexFormat.of().parseHex(parts[1]), principals, roles(parts));
  }

  private static Set<Role> roles(String[] parts) {
    Set<String> written = parts.length < 4 ? Set.of() : names(parts[3]);
    if (written.isEmpty()) {
      return Set.of(Role.READER);
    }
    try {
      return written.stream().map(Role::of).collect(Collectors.toSet());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("API key '" + parts[0] + "': " + e.getMessage());
    }
  }

  private static Set<String> names(String written) {
    return Arrays.stream(written.split("\\|"))
        .map(String::strip)
        .filter(name -> !name.isEmpty())
        .collect(Collectors.toSet());
  }

  /** True if this is the key of {@code secretHash}; takes the same time whatever differs. */
  boolean matches(byte[] secretHash) {
    return MessageDigest.isEqual(sha256, secretHash);
  }

  static byte[] hash(String secret) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every JDK has SHA-256", e);
    }
  }

  @Override
  public String toString() {
    return "ApiKey[" + name + "]";
  }
}
