package dev.millrace.serving.console;

import dev.millrace.contracts.avro.PolicyVersion;
import dev.millrace.models.tokenizer.Detokenizer;
import dev.millrace.models.tokenizer.TokenizerException;
import dev.millrace.policy.PolicyException;
import dev.millrace.policy.PolicyFiles;
import dev.millrace.policy.PolicyText;
import dev.millrace.policy.PolicyVersions;
import dev.millrace.runtime.StageContext;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What single tokens of a policy's samples say: by the tokenizer that travels with its newest
 * version. Without one, a token shows as its number. Keeps one tokenizer, for a while.
 */
final class TokenTexts {

  private static final Logger LOG = LoggerFactory.getLogger(TokenTexts.class);
  private static final long FRESH_NANOS = Duration.ofMinutes(10).toNanos();

  private final PolicyVersions versions;
  private String policy;
  private Optional<PolicyText> text = Optional.empty();
  private long openedAt;

  TokenTexts(StageContext context) {
    this.versions = new PolicyVersions(context);
  }

  /** One text a token; empty within a character of several tokens, whose last one has it all. */
  synchronized List<String> of(String policy, List<Integer> tokens) {
    Optional<PolicyText> known = text(policy);
    if (known.isEmpty()) {
      return tokens.stream().map(token -> "⟨" + token + "⟩").toList();
    }
    Detokenizer pieces = known.get().tokenizer().detokenizer(false);
    List<String> texts = new ArrayList<>(tokens.size());
    for (int token : tokens) {
      texts.add(pieces.add(token));
    }
    String rest = pieces.finish();
    if (!rest.isEmpty()) {
      texts.set(texts.size() - 1, texts.getLast() + rest);
    }
    return texts;
  }

  private Optional<PolicyText> text(String wanted) {
    boolean fresh = wanted.equals(policy) && System.nanoTime() - openedAt < FRESH_NANOS;
    if (!fresh) {
      text.ifPresent(PolicyText::close);
      text = open(wanted);
      policy = wanted;
      openedAt = System.nanoTime();
    }
    return text;
  }

  private Optional<PolicyText> open(String policy) {
    try {
      return versions
          .newest(policy)
          .map(versions::withFiles)
          .map(TokenTexts::files)
          .map(PolicyText::open);
    } catch (PolicyException
        | TokenizerException
        | KafkaException
        | IllegalArgumentException
        | java.io.UncheckedIOException e) {
      LOG.warn("no tokenizer of policy={} error=\"{}\"", policy, e.getMessage());
      return Optional.empty();
    }
  }

  private static PolicyFiles files(PolicyVersion version) {
    Map<String, byte[]> files = new HashMap<>();
    version
        .getFiles()
        .forEach((name, content) -> files.put(name, content.getBytes(StandardCharsets.UTF_8)));
    return new PolicyFiles(files);
  }
}
