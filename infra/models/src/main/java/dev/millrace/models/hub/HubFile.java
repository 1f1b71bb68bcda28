package dev.millrace.models.hub;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * A file of a model, as the hub describes it before it is fetched.
 *
 * @param name path in the model, with {@code /}
 * @param size bytes, if known
 * @param sha256 lower-case hexadecimal, if known
 */
record HubFile(String name, OptionalLong size, Optional<String> sha256) {

  private static final Pattern SAFE = Pattern.compile("[A-Za-z0-9._+@ -]+(/[A-Za-z0-9._+@ -]+)*");
  private static final Pattern SHA256 = Pattern.compile("[0-9a-fA-F]{64}");

  HubFile {
    // The name becomes a path on our disk: it must stay below the target.
    if (!SAFE.matcher(name).matches() || ("/" + name + "/").matches(".*/\\.\\.?/.*")) {
      throw new HubException("the hub lists a file with an unsafe name: '" + name + "'");
    }
  }

  static HubFile named(String name) {
    return new HubFile(name, OptionalLong.empty(), Optional.empty());
  }

  /** The hash in an entity tag, if it is a SHA-256: small files have git's SHA-1 there. */
  static Optional<String> sha256(String tag) {
    return Optional.ofNullable(tag)
        .map(text -> text.replaceFirst("^W/", "").replace("\"", ""))
        .filter(text -> SHA256.matcher(text).matches())
        .map(String::toLowerCase);
  }

  /** This description, completed by what the server says of the file. */
  HubFile with(HubResponse response) {
    OptionalLong told = response.fullSize();
    return new HubFile(
        name, size.isPresent() ? size : told, sha256.isPresent() ? sha256 : response.sha256());
  }
}
