package dev.millrace.cli;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import dev.millrace.devstack.ServerHome;
import dev.millrace.runtime.Settings;
import dev.millrace.runtime.StageContext;
import dev.millrace.testkit.Browser;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/**
 * The documents' half of {@code millrace demo}, with its own pages and questions, and what the page
 * in the browser makes of one of them. With {@code -Dmillrace.screenshots=FOLDER} it is drawn
 * there.
 */
@WithServers
class DemoTourTest {

  private static final Duration PATIENCE = Duration.ofSeconds(120);

  private final Map<String, String> settings;
  private final Path folder;

  DemoTourTest(Servers servers) throws Exception {
    String prefix = servers.uniquePrefix();
    folder = Files.createDirectories(Path.of("target", "demo-tour", prefix).toAbsolutePath());
    settings = ServerSettings.of(servers.endpoints(), prefix);
    settings.put("millrace.preprocess.state-dir", folder.resolve("streams").toString());
  }

  @Test
  void every_step_holds() throws InterruptedException {
    URI address = URI.create("http://127.0.0.1:" + FreePort.find());
    Map<String, String> own = new HashMap<>(settings);
    own.put("millrace.http.port", String.valueOf(address.getPort()));
    ServerHome home = ServerHome.locate();
    var shown = new ByteArrayOutputStream();
    try (var app =
            AppProcess.start(home, folder, "demo", "preprocess,embed,serving", own, death -> {});
        var api = new Api(address, Optional.empty());
        var documents =
            Producers.documents(
                StageContext.of(Settings.of(settings), new SimpleMeterRegistry()))) {
      Awaitility.await("ready, log " + app.log())
          .atMost(PATIENCE)
          .until(() -> api.status("/q/health/ready") == 200);
      var screen = new Screen(new PrintStream(shown, true, StandardCharsets.UTF_8));
      boolean held =
          new DemoTour(documents, api, screen)
              .run(new DemoCorpus(Path.of("src/main/demo/kafka-docs/docs")));
      assertThat(held).as(shown.toString(StandardCharsets.UTF_8)).isTrue();
      Browser.installed().ifPresent(executable -> look(executable, address));
    }
  }

  private static void look(Path executable, URI address) {
    try (Browser browser = Browser.open(executable, address)) {
      look(browser.page(1280, 800, ColorScheme.LIGHT), "chat");
      look(browser.page(1280, 800, ColorScheme.DARK), "chat-dark");
      look(browser.page(390, 844, ColorScheme.LIGHT), "chat-phone");
      assertThat(browser.complaints()).isEmpty();
    }
  }

  private static void look(Page page, String name) {
    page.navigate("/");
    page.locator("#question").fill("What does log compaction retain?");
    page.keyboard().press("Enter");
    Locator answer = page.locator(".message.assistant");
    assertThat(answer).hasAttribute("aria-busy", "false");
    assertThat(answer.locator(".content")).containsText("retain at least the last known value");
    shoot(page, name);
    answer.locator(".content button.chip").first().click();
    assertThat(page.locator("#source mark")).containsText("retain at least the last known value");
    shoot(page, name + "-source");
  }

  private static void shoot(Page page, String name) {
    String images = System.getProperty("millrace.screenshots");
    if (images != null) {
      page.screenshot(new Page.ScreenshotOptions().setPath(Path.of(images, name + ".png")));
    }
  }
}
