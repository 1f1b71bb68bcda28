package dev.millrace.preprocess.parse;

import java.util.Objects;
import java.util.Optional;

/**
 * A document's bytes as they came.
 *
 * @param bytes not copied: must not change afterwards
 * @param declaredType the content type that its producer named, a hint only
 * @param fileName its name, another hint
 */
public record RawDocument(byte[] bytes, Optional<String> declaredType, Optional<String> fileName) {

  public RawDocument {
    Objects.requireNonNull(bytes, "bytes");
    Objects.requireNonNull(declaredType, "declaredType");
    Objects.requireNonNull(fileName, "fileName");
  }
}
