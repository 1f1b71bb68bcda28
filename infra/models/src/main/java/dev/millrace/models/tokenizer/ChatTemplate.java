package dev.millrace.models.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.LegacyOverrides;
import com.hubspot.jinjava.el.JinjavaInterpreterResolver;
import com.hubspot.jinjava.interpret.RenderResult;
import com.hubspot.jinjava.interpret.TemplateError;
import com.hubspot.jinjava.lib.fn.ELFunctionDefinition;
import dev.millrace.models.checkpoint.ModelDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jinjava.javax.el.CompositeELResolver;

/**
 * The chat template of a model: turns messages into the text that it was trained on. Strict: what
 * the template language here does not know is an error and never a gap in the prompt. Messages are
 * data, whatever braces they hold. Safe for several threads.
 */
public final class ChatTemplate {

  /** Marks the text "false", which the library would take for the value. */
  private static final String TEXT_MARK = "\ufdd0";

  private static final long MAX_PROMPT_BYTES = 64L << 20;

  private static final List<String> TOKEN_ROLES =
      List.of("bos_token", "eos_token", "unk_token", "pad_token", "sep_token", "cls_token");

  private final String origin;
  private final String source;
  private final Map<String, String> specialTokens;
  private final Jinjava jinja;

  private ChatTemplate(
      String origin, String source, Map<String, String> specialTokens, Clock clock) {
    this.origin = origin;
    // Jinja2 drops the newline at the end of a template; the library would drop that of a prompt.
    this.source = JinjaDialect.translate(source.replaceFirst("\\r?\\n\\z", ""));
    this.specialTokens = Map.copyOf(specialTokens);
    this.jinja = jinja(clock);
    requireKnownNames();
  }

  /** The library takes an unknown filter or test for one that gives nothing. */
  private void requireKnownNames() {
    JinjaDialect.Names names = JinjaDialect.names(source);
    List<String> unknown = new ArrayList<>();
    names.filters().stream()
        .filter(name -> jinja.getGlobalContext().getFilter(name) == null)
        .forEach(name -> unknown.add("filter " + name));
    names.tests().stream()
        .filter(name -> jinja.getGlobalContext().getExpTest(name) == null)
        .forEach(name -> unknown.add("test " + name));
    if (!unknown.isEmpty()) {
      throw new TokenizerException(origin + " uses what is not known here: " + unknown);
    }
  }

  /**
   * A template in Jinja.
   *
   * @param specialTokens by the names that templates know, for example {@code bos_token}
   * @param clock what {@code strftime_now} reads
   */
  public static ChatTemplate of(String source, Map<String, String> specialTokens, Clock clock) {
    return new ChatTemplate("chat template", source, specialTokens, clock);
  }

  /**
   * The template of a model: chat_template.jinja, or chat_template in tokenizer_config.json (of
   * several, the one named default). Empty if the model has none.
   */
  public static Optional<ChatTemplate> open(ModelDirectory model) {
    JsonNode config = model.tokenizerConfig();
    Map<String, String> tokens = new LinkedHashMap<>();
    for (String role : TOKEN_ROLES) {
      JsonNode token = config.path(role);
      String text = token.isObject() ? token.path("content").asText(null) : token.textValue();
      if (text != null) {
        tokens.put(role, text);
      }
    }
    Optional<Path> file = model.file("chat_template.jinja");
    if (file.isPresent()) {
      try {
        String source = Files.readString(file.get());
        return Optional.of(
            new ChatTemplate(file.get().toString(), source, tokens, Clock.systemDefaultZone()));
      } catch (IOException e) {
        throw new TokenizerException(file.get() + ": cannot be read: " + e.getMessage(), e);
      }
    }
    JsonNode template = config.path("chat_template");
    for (JsonNode named : template.isArray() ? template : List.<JsonNode>of()) {
      if (named.path("name").asText().equals("default")) {
        template = named.path("template");
        break;
      }
    }
    return Optional.ofNullable(template.textValue())
        .map(
            source ->
                new ChatTemplate(
                    "chat template of " + model.path(), source, tokens, Clock.systemDefaultZone()));
  }

  /**
   * @return the prompt; encode it without adding special tokens, they stand in it
   * @throws TokenizerException if the template refuses the messages, or is not understood
   */
  public String render(ChatInput input) {
    Map<String, Object> variables = new HashMap<>(specialTokens);
    input.options().forEach((name, value) -> variables.put(name, marked(value)));
    variables.put("messages", marked(input.messages()));
    if (!input.tools().isEmpty()) {
      variables.put("tools", marked(input.tools()));
    }
    variables.put("add_generation_prompt", input.addGenerationPrompt());
    RenderResult result = jinja.renderForResult(source, variables);
    result.getErrors().stream()
        .findFirst()
        .ifPresent(
            error -> {
              throw failure(error);
            });
    return result.getOutput().replace(TEXT_MARK, "");
  }

  private TokenizerException failure(TemplateError error) {
    for (Throwable t = error.getException(); t != null; t = t.getCause()) {
      if (t instanceof ChatFunctions.Refusal refusal) {
        return new TokenizerException(
            origin + " refuses the messages: " + refusal.getMessage(), refusal);
      }
    }
    String message = String.valueOf(error.getMessage()).lines().findFirst().orElse("");
    return new TokenizerException(
        "%s, line %d: %s".formatted(origin, error.getLineno(), message), error.getException());
  }

  private static Object marked(Object value) {
    return switch (value) {
      case null -> null;
      case String text when text.equalsIgnoreCase("false") -> TEXT_MARK + text;
      case Map<?, ?> map -> {
        Map<Object, Object> copy = new LinkedHashMap<>();
        map.forEach((key, inner) -> copy.put(key, marked(inner)));
        yield copy;
      }
      case List<?> list -> list.stream().map(ChatTemplate::marked).toList();
      default -> value;
    };
  }

  private static Jinjava jinja(Clock clock) {
    CompositeELResolver properties = new CompositeELResolver();
    properties.add(new PythonStrings());
    properties.add(JinjavaInterpreterResolver.DEFAULT_RESOLVER_READ_ONLY);
    Jinjava jinja =
        new Jinjava(
            JinjavaConfig.newBuilder()
                .withTrimBlocks(true)
                .withLstripBlocks(true)
                .withNestedInterpretationEnabled(false)
                .withEnableRecursiveMacroCalls(true)
                .withMaxMacroRecursionDepth(64)
                .withMaxRenderDepth(64)
                .withMaxOutputSize(MAX_PROMPT_BYTES)
                .withElResolver(properties)
                .withTimeZone(clock.getZone())
                .withDateTimeProvider(clock::millis)
                .withLegacyOverrides(likeJinja2())
                .build());
    jinja.getGlobalContext().registerTag(new JinjaFor());
    ChatFilters.all().forEach(jinja.getGlobalContext()::registerFilter);
    function(jinja, "raise_exception", "raise", String.class);
    function(jinja, "strftime_now", "strftimeNow", String.class);
    function(jinja, "loop_item", "itemAt", List.class, Long.class);
    return jinja;
  }

  private static void function(Jinjava jinja, String name, String method, Class<?>... types) {
    jinja
        .getGlobalContext()
        .registerFunction(new ELFunctionDefinition("", name, ChatFunctions.class, method, types));
  }

  private static LegacyOverrides likeJinja2() {
    return LegacyOverrides.newBuilder()
        .withEvaluateMapKeys(true)
        .withIterateOverMapKeys(true)
        .withUsePyishObjectMapper(true)
        .withUseNaturalOperatorPrecedence(true)
        .withParseWhitespaceControlStrictly(true)
        .withAllowAdjacentTextNodes(true)
        .withUseTrimmingForNotesAndExpressions(true)
        .withKeepNullableLoopValues(true)
        .withHandleBackslashInQuotesOnly(true)
        .withDefaultKeepTrailingNewlineBehavior(true)
        .build();
  }
}
