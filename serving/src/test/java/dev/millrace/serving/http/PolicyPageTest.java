package dev.millrace.serving.http;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import dev.millrace.models.checkpoint.ModelDirectory;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.tokenizer.TokenizerDefinition;
import dev.millrace.policy.PolicyFiles;
import dev.millrace.runtime.Settings;
import dev.millrace.serving.TinyModels;
import dev.millrace.serving.chat.ChatBackend;
import dev.millrace.serving.generate.GenerateSettings;
import dev.millrace.serving.generate.GeneratingBackend;
import dev.millrace.serving.generate.LiveModel;
import dev.millrace.serving.generate.ModelSource;
import io.quarkus.test.junit.QuarkusTest;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A policy that learns to add, on the page: not there yet, then published, then a newer version.
 */
@QuarkusTest
class PolicyPageTest extends ChatPageBase {

  private static final ModelSource BY_HAND =
      new ModelSource() {
        @Override
        public void start() {}

        @Override
        public void close() {}
      };

  @TempDir Path folder;
  private LiveModel policy;

  @Override
  List<ChatBackend> more() {
    GenerateSettings bounds =
        GenerateSettings.from(Settings.of(Map.of("millrace.serving.generate.max-tokens", "8")));
    policy = new LiveModel(bounds, "no policy is published yet");
    return List.of(new GeneratingBackend("policy", policy, bounds, OptionalDouble.of(0), BY_HAND));
  }

  private void publish(long version) {
    TokenizerDefinition tokenizer = TinyModels.sumTokenizer();
    Path directory = folder.resolve("v" + version);
    try (DecoderWeights weights = TinyModels.weights(TinyModels.config(tokenizer, 16), version)) {
      weights.save(directory);
      tokenizer.write(directory);
      policy.adopt(
          "sums",
          OptionalLong.of(version),
          PolicyFiles.of(ModelDirectory.open(directory)),
          weights,
          Instant.ofEpochSecond(version));
    }
  }

  @Test
  void policy_is_chosen_and_every_answer_names_the_version_that_wrote_it() {
    Locator option = page.locator("#model option").last();
    assertThat(option).hasText("policy (away)");
    publish(7);
    page.locator("#model").focus();
    assertThat(option).hasText("policy · version 7");
    choose("policy");
    assertThat(page.locator("#documents-switch")).isHidden(); // it reads sums, not passages
    Locator answer = answered("37+45=");
    assertThat(answer.locator(".byline")).hasText("policy · version 7");
    assertThat(answer.locator(".content")).hasText(Pattern.compile("[0-9+= -]+"));
    publish(8);
    assertThat(answered("1+1=").locator(".byline")).hasText("policy · version 8");
    page.locator(".message.assistant").last().getByLabel("Bad answer").click();
    page.keyboard().press("Enter");
    assertThat(page.locator(".message.assistant").last().getByLabel("Bad answer"))
        .hasAttribute("aria-pressed", "true");
    assertThat(kept.getLast().getModel()).isEqualTo("policy");
    assertThat(kept.getLast().getVersion()).isEqualTo(8);
  }
}
