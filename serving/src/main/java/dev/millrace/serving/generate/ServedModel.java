package dev.millrace.serving.generate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.millrace.contracts.avro.Message;
import dev.millrace.models.checkpoint.ModelDirectory;
import dev.millrace.models.decoder.DecoderConfig;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.generate.GenerationEngine;
import dev.millrace.models.generate.GenerationService;
import dev.millrace.models.generate.GenerationSettings;
import dev.millrace.models.tokenizer.TokenizerException;
import dev.millrace.policy.PolicyFiles;
import dev.millrace.policy.PolicyText;
import dev.millrace.serving.Refusal;
import dev.millrace.serving.chat.ChatMessage;
import dev.millrace.serving.chat.ThinkTags;
import dev.millrace.serving.structured.StructuredOutput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * A model that runs: an engine with its thread, and the tokenizer and template that go with its
 * weights. Closes itself when it is retired and its last answer is over.
 */
final class ServedModel {

  private static final JsonMapper JSON = new JsonMapper();
  private static final int TAIL = 16;

  private final String name;
  private final PolicyFiles files;
  private final DecoderConfig config;
  private final PolicyText text;
  private final Vocabulary vocabulary;
  private final StructuredOutput structured;
  private final GenerationService service;
  private final int context;
  private final boolean template;
  private int leases;
  private boolean retired;

  /**
   * Starts an engine.
   *
   * @param name of the policy or directory, for the thread
   * @param weights copied
   */
  ServedModel(
      String name,
      PolicyFiles files,
      DecoderWeights weights,
      long version,
      GenerateSettings settings) {
    this.name = name;
    this.files = files;
    this.config = weights.config();
    this.context = Math.min(settings.context(), config.maxPositions());
    this.text = PolicyText.open(files);
    this.vocabulary = new Vocabulary(text.tokenizer());
    this.structured = new StructuredOutput(text.tokenizer().tokenBytes(), text.stopTokens());
    this.template = hasTemplate(files);
    GenerationEngine engine = null;
    try {
      engine =
          new GenerationEngine(
              weights, version, GenerationSettings.of(settings.slots(), context), text::text);
    } finally {
      if (engine == null) {
        text.close();
      }
    }
    int commands = 2 * settings.slots() * settings.choices() + 64; // submitted and cancelled
    this.service = new GenerationService("generate-" + name, engine, commands);
  }

  /** Whether weights with these files can take the place of the present ones. */
  boolean takes(String policy, PolicyFiles others, DecoderConfig shape) {
    return name.equals(policy) && config.equals(shape) && same(files, others);
  }

  private static boolean same(PolicyFiles one, PolicyFiles other) {
    return one.files().keySet().equals(other.files().keySet())
        && one.files().entrySet().stream()
            .allMatch(e -> Arrays.equals(e.getValue(), other.files().get(e.getKey())));
  }

  void swap(DecoderWeights weights, long version) {
    service.swap(weights, version);
  }

  String name() {
    return name;
  }

  int context() {
    return context;
  }

  /** Whether it reads conversations; without a chat template it reads single prompts. */
  boolean converses() {
    return template;
  }

  PolicyText text() {
    return text;
  }

  Vocabulary vocabulary() {
    return vocabulary;
  }

  StructuredOutput structured() {
    return structured;
  }

  GenerationService service() {
    return service;
  }

  /** The temperature that the model's own generation_config.json asks for. */
  OptionalDouble temperature() {
    JsonNode temperature = json("generation_config.json").path("temperature");
    return temperature.isNumber()
        ? OptionalDouble.of(temperature.doubleValue())
        : OptionalDouble.empty();
  }

  private JsonNode json(String file) {
    return parse(files, file);
  }

  private static JsonNode parse(PolicyFiles files, String file) {
    byte[] bytes = files.file(file).orElse("{}".getBytes(StandardCharsets.UTF_8));
    try {
      return JSON.readTree(bytes);
    } catch (JsonProcessingException e) {
      throw new TokenizerException(file + " is not JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new TokenizerException(file + " cannot be read", e);
    }
  }

  private static boolean hasTemplate(PolicyFiles files) {
    return files.file("chat_template.jinja").isPresent()
        || parse(files, ModelDirectory.TOKENIZER_CONFIG).hasNonNull("chat_template");
  }

  /**
   * The tokens that the answer is to follow. A model without a chat template has no notion of
   * turns: it gets what the system says and the newest question, as it was trained on single
   * prompts.
   *
   * @param thinking given to the template, as {@code enable_thinking}
   * @throws Refusal 400 if the model cannot read the messages, or they are too long
   */
  int[] prompt(List<ChatMessage> messages, Optional<Boolean> thinking) {
    int[] prompt;
    try {
      prompt =
          template
              ? text.prompt(turns(messages), options(thinking))
              : text.prompt(newest(messages));
    } catch (IllegalArgumentException | TokenizerException e) {
      throw Refusal.invalid("messages", "'" + name + "' cannot read this: " + e.getMessage());
    }
    if (prompt.length >= context) {
      throw Refusal.tooLong(prompt.length, context);
    }
    return prompt;
  }

  private static Map<String, Object> options(Optional<Boolean> thinking) {
    return thinking.<Map<String, Object>>map(on -> Map.of("enable_thinking", on)).orElse(Map.of());
  }

  private static List<Message> turns(List<ChatMessage> messages) {
    return messages.stream().map(m -> new Message(role(m), m.content())).toList();
  }

  /** Templates know the older name. */
  private static String role(ChatMessage message) {
    return message.role().equals("developer") ? "system" : message.role();
  }

  private static List<Message> newest(List<ChatMessage> messages) {
    List<Message> kept = new ArrayList<>();
    for (ChatMessage message : messages) {
      if (role(message).equals("system")) {
        kept.add(new Message("system", message.content()));
      }
    }
    messages.reversed().stream()
        .filter(m -> m.role().equals("user"))
        .findFirst()
        .ifPresent(m -> kept.add(new Message("user", m.content())));
    return kept;
  }

  /** Whether the prompt ends where the model is to think aloud. */
  boolean thinks(int[] prompt) {
    int[] tail = Arrays.copyOfRange(prompt, Math.max(0, prompt.length - TAIL), prompt.length);
    return text.tokenizer().decode(tail, false).stripTrailing().endsWith(ThinkTags.OPEN);
  }

  synchronized boolean lease() {
    if (!retired) {
      leases++;
    }
    return !retired;
  }

  void release() {
    boolean last;
    synchronized (this) {
      leases--;
      last = retired && leases == 0;
    }
    if (last) {
      close();
    }
  }

  /** Takes no more answers; closes now, or with the last one at work. */
  void retire() {
    boolean idle;
    synchronized (this) {
      idle = !retired && leases == 0;
      retired = true;
    }
    if (idle) {
      close();
    }
  }

  private void close() {
    service.close();
    text.close();
  }
}
