package dev.millrace.serving.chat;

import java.util.Objects;
import java.util.OptionalLong;

/**
 * Which weights write an answer.
 *
 * @param model the policy or model directory, or what a remote server calls itself
 * @param version of a policy; empty for what has none
 */
public record Writer(String model, OptionalLong version) {

  public Writer {
    Objects.requireNonNull(model, "model");
  }

  /** One value that changes when the answers may: {@code system_fingerprint}. */
  public String fingerprint() {
    return version.isPresent() ? model + "@" + version.getAsLong() : model;
  }
}
