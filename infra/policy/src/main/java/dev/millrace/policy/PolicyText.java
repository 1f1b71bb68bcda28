package dev.millrace.policy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.contracts.avro.Message;
import dev.millrace.models.checkpoint.ModelDirectory;
import dev.millrace.models.tokenizer.ChatInput;
import dev.millrace.models.tokenizer.ChatTemplate;
import dev.millrace.models.tokenizer.Tokenizer;
import dev.millrace.models.tokenizer.TokenizerException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Text to tokens and back, as one policy wants it. Sampling, serving and training use this same
 * class, so that they mean the same tokens. Safe for several threads; close it when all are done.
 */
public final class PolicyText implements AutoCloseable {

  private final Tokenizer tokenizer;
  private final Optional<ChatTemplate> template;
  private final Set<Integer> stopTokens;
  private final OptionalInt endToken;
  private final String folder;

  private PolicyText(
      Tokenizer tokenizer, Optional<ChatTemplate> template, PolicyFiles files, String folder) {
    this.tokenizer = tokenizer;
    this.template = template;
    this.folder = folder;
    OptionalInt named = namedEndToken(files.json(ModelDirectory.TOKENIZER_CONFIG));
    this.stopTokens = stopTokens(files, named);
    this.endToken =
        named.isPresent() ? named : stopTokens.stream().mapToInt(Integer::intValue).findFirst();
  }

  /**
   * Reads tokenizer and chat template.
   *
   * @throws TokenizerException if there is no tokenizer, it is damaged, or has more tokens than the
   *     model has rows
   */
  public static PolicyText open(PolicyFiles files) {
    if (files.file(ModelDirectory.TOKENIZER).isEmpty()) {
      throw new TokenizerException(
          "the policy has no tokenizer.json, so it cannot read a prompt: publish it from a model"
              + " directory that has one");
    }
    try {
      // The library reads files only.
      Path folder = Files.createTempDirectory("millrace-policy-");
      try {
        files.writeTo(folder);
        return open(files, folder);
      } finally {
        delete(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the policy's tokenizer cannot be unpacked: " + e, e);
    }
  }

  private static PolicyText open(PolicyFiles files, Path folder) {
    String named = folder + "/";
    return naming(
        named,
        () -> {
          Tokenizer tokenizer = Tokenizer.open(folder);
          try {
            int rows = files.config().vocab();
            if (tokenizer.size() > rows) {
              throw new TokenizerException(
                  "tokenizer.json of the policy has %d tokens, its model %d rows"
                      .formatted(tokenizer.size(), rows));
            }
            return new PolicyText(
                tokenizer, ChatTemplate.open(ModelDirectory.open(folder)), files, named);
          } catch (RuntimeException e) {
            tokenizer.close();
            throw e;
          }
        });
  }

  /** The end of a turn, where the tokenizer's configuration names it. */
  private OptionalInt namedEndToken(JsonNode tokenizerConfig) {
    JsonNode token = tokenizerConfig.path("eos_token");
    String text = token.isObject() ? token.path("content").textValue() : token.textValue();
    return text == null ? OptionalInt.empty() : tokenizer.id(text);
  }

  /** generation_config.json goes before config.json; either may give one id or several. */
  private static Set<Integer> stopTokens(PolicyFiles files, OptionalInt named) {
    Set<Integer> found = new LinkedHashSet<>();
    for (String name : List.of("generation_config.json", ModelDirectory.CONFIG)) {
      JsonNode ids = files.json(name).path("eos_token_id");
      for (JsonNode id : ids.isArray() ? ids : List.of(ids)) {
        if (id.isInt()) {
          found.add(id.asInt());
        }
      }
      if (!found.isEmpty()) {
        break;
      }
    }
    named.ifPresent(found::add);
    return Collections.unmodifiableSet(found);
  }

  /**
   * The tokens after which the policy is to answer: its chat template with the messages, or, where
   * it has none, their contents one after the other.
   *
   * @throws IllegalArgumentException if there is nothing to encode, or the vocabulary lacks a
   *     character
   * @throws TokenizerException if the chat template refuses the messages
   */
  public int[] prompt(List<Message> messages) {
    return prompt(messages, Map.of());
  }

  /**
   * The same with further variables for the chat template, such as {@code enable_thinking}; without
   * a template they change nothing.
   */
  public int[] prompt(List<Message> messages, Map<String, Object> options) {
    if (messages.isEmpty()) {
      throw new IllegalArgumentException("a prompt needs at least one message");
    }
    return naming(
        folder,
        () -> {
          int[] tokens =
              template.isPresent()
                  ? templated(template.get(), messages, options)
                  : concatenated(messages);
          if (tokens.length == 0) {
            throw new IllegalArgumentException("the prompt has no text: its messages are empty");
          }
          return tokens;
        });
  }

  private int[] templated(
      ChatTemplate template, List<Message> messages, Map<String, Object> options) {
    List<Map<String, Object>> turns =
        messages.stream().map(m -> ChatInput.message(m.getRole(), m.getContent())).toList();
    String text = template.render(new ChatInput(turns, List.of(), true, options));
    return tokenizer.encode(text, false);
  }

  /** With the token that the model wants before a text; one that it wants after it would end it. */
  private int[] concatenated(List<Message> messages) {
    String text = messages.stream().map(Message::getContent).collect(Collectors.joining());
    if (text.isEmpty()) {
      return new int[0];
    }
    int[] tokens = tokenizer.encode(text, true);
    int end = tokens.length;
    while (end > 0 && stopTokens.contains(tokens[end - 1])) {
      end--;
    }
    return Arrays.copyOf(tokens, end);
  }

  /**
   * The tokens of an answer and the one that ends it: what supervised training teaches.
   *
   * @throws TokenizerException if the policy has no end token
   */
  public int[] answer(String text) {
    int end =
        endToken.orElseThrow(
            () ->
                new TokenizerException(
                    "the policy has no end token: set eos_token in tokenizer_config.json or"
                        + " eos_token_id in generation_config.json"));
    return naming(
        folder,
        () -> {
          int[] tokens = text.isEmpty() ? new int[0] : tokenizer.encode(text, false);
          int[] ended = Arrays.copyOf(tokens, tokens.length + 1);
          ended[tokens.length] = end;
          return ended;
        });
  }

  /** Tokens that end a completion; the one that {@link #answer} appends is among them. */
  public Set<Integer> stopTokens() {
    return stopTokens;
  }

  /** Text of a completion, special tokens left out. */
  public String text(int[] tokens) {
    return tokenizer.decode(tokens, true);
  }

  /** Valid while this is open. */
  public Tokenizer tokenizer() {
    return tokenizer;
  }

  @Override
  public void close() {
    tokenizer.close();
  }

  /** Messages name the policy's file, not the place where it was unpacked. */
  private static <T> T naming(String folder, Supplier<T> action) {
    try {
      return action.get();
    } catch (TokenizerException e) {
      throw new TokenizerException(named(folder, e), e);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(named(folder, e), e);
    }
  }

  private static String named(String folder, RuntimeException e) {
    return String.valueOf(e.getMessage()).replace(folder, "the policy's ");
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }
}
