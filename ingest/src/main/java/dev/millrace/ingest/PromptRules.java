package dev.millrace.ingest;

import dev.millrace.contracts.avro.Message;
import dev.millrace.contracts.avro.Prompt;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/**
 * What a prompt must be to enter the log. Whether its reward profile exists is the reward workers'
 * to say: they alone have the profiles.
 */
public final class PromptRules {

  /** UTF-16 code units of an id. */
  public static final int MAX_ID = 512;

  /** UTF-8 bytes of everything in a prompt. */
  public static final int MAX_BYTES = 1 << 20;

  private static final int MAX_TAGS = 64;
  private static final Set<String> ROLES = Set.of("system", "user", "assistant", "tool");
  private static final String PROFILE = "[A-Za-z0-9._-]{1,64}";

  private PromptRules() {}

  /**
   * Returns when the prompt may be sent.
   *
   * @throws IngestException.Invalid naming the field and what is wrong with it
   * @throws IngestException.TooLarge when it is too large
   */
  public static void check(Prompt prompt) {
    checkId(prompt.getId());
    String name = "prompt " + prompt.getId();
    if (prompt.getMessages() == null || prompt.getMessages().isEmpty()) {
      throw new IngestException.Invalid(name + " has no text and no messages");
    }
    prompt.getMessages().forEach(message -> checkMessage(name, message));
    if (prompt.getMessages().stream().allMatch(message -> message.getContent().isBlank())) {
      throw new IngestException.Invalid(name + " has no text");
    }
    if (prompt.getMessages().getLast().getRole().equals("assistant")) {
      throw new IngestException.Invalid(
          name + ": the last message is the assistant's own; there is nothing left to answer");
    }
    if (prompt.getRewardProfile() == null || !prompt.getRewardProfile().matches(PROFILE)) {
      throw new IngestException.Invalid(
          "%s: reward profile '%s' may hold letters, digits, '.', '_' and '-', 64 at most"
              .formatted(name, prompt.getRewardProfile()));
    }
    if (prompt.getTags().size() > MAX_TAGS
        || prompt.getTags().stream().anyMatch(tag -> tag == null || tag.isBlank())) {
      throw new IngestException.Invalid(
          name + ": tags must be " + MAX_TAGS + " at most, and none blank: " + prompt.getTags());
    }
    long bytes = bytes(prompt);
    if (bytes > MAX_BYTES) {
      throw new IngestException.TooLarge(
          "%s has %,d bytes, the limit is %,d".formatted(name, bytes, MAX_BYTES), null);
    }
  }

  private static void checkId(String id) {
    if (id == null || id.isBlank()) {
      throw new IngestException.Invalid("a prompt's id must not be blank");
    }
    if (id.length() > MAX_ID) {
      throw new IngestException.Invalid(
          "a prompt's id may have %d characters, this one has %d".formatted(MAX_ID, id.length()));
    }
    if (id.chars().anyMatch(Character::isISOControl)) {
      throw new IngestException.Invalid("a prompt's id may not hold control characters");
    }
  }

  private static void checkMessage(String name, Message message) {
    if (message.getRole() == null || !ROLES.contains(message.getRole())) {
      throw new IngestException.Invalid(
          "%s: role '%s' is not known; there are system, user, assistant and tool"
              .formatted(name, message.getRole()));
    }
    if (message.getContent() == null) {
      throw new IngestException.Invalid(name + ": a message has no content");
    }
  }

  private static long bytes(Prompt prompt) {
    long bytes = utf8(prompt.getId()) + utf8(prompt.getAnswer());
    for (Message message : prompt.getMessages()) {
      bytes += utf8(message.getContent());
    }
    for (String tag : prompt.getTags()) {
      bytes += utf8(tag);
    }
    for (var entry : prompt.getMetadata().entrySet()) {
      bytes += utf8(entry.getKey()) + utf8(entry.getValue());
    }
    return bytes;
  }

  private static long utf8(String text) {
    return text == null ? 0 : text.getBytes(StandardCharsets.UTF_8).length;
  }
}
