package dev.millrace.cli;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import dev.millrace.contracts.avro.Document;
import dev.millrace.devstack.ChildJvm;
import dev.millrace.devstack.ServerHome;
import dev.millrace.ingest.DocumentProducer;
import dev.millrace.runtime.Settings;
import dev.millrace.runtime.StageContext;
import dev.millrace.testkit.Browser;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/**
 * An operator's round through the console, over the whole document stream as processes: lag that
 * falls to zero, and a record that is dead, is sent again when the cause is gone, and is found.
 */
@WithServers
class ConsoleTourTest {

  private static final int DOCUMENTS = 400;
  private static final Duration PATIENCE = Duration.ofSeconds(120);

  private final ServerHome home = ServerHome.locate();
  private final Map<String, String> settings;
  private final Map<String, ChildJvm> processes = new HashMap<>();
  private final String prefix;
  private final Path folder;
  private final URI api = URI.create("http://127.0.0.1:" + FreePort.find());
  private DocumentProducer documents;
  private Browser browser;

  ConsoleTourTest(Servers servers) throws Exception {
    prefix = servers.uniquePrefix();
    folder = Files.createDirectories(Path.of("target", "console-tour", prefix).toAbsolutePath());
    settings = ServerSettings.of(servers.endpoints(), prefix);
    settings.put("millrace.topics.partitions", "2");
    settings.put("millrace.monitor.groups", prefix + ".*");
    settings.put("millrace.monitor.interval", "300ms");
  }

  private void start(String name, String targets, URI address, Map<String, String> more) {
    Map<String, String> own = new HashMap<>(settings);
    own.putAll(more);
    own.put("millrace.http.port", String.valueOf(address.getPort()));
    own.put("millrace.preprocess.state-dir", folder.resolve("streams").toString());
    processes.put(name, AppProcess.start(home, folder, name, targets, own, death -> {}));
    try (var client = new Api(address, Optional.empty())) {
      Awaitility.await(name + " ready, log " + processes.get(name).log())
          .atMost(PATIENCE)
          .until(() -> client.status("/q/health/ready") == 200);
    }
  }

  private void startPreprocess(Map<String, String> more) {
    start("preprocess", "preprocess", URI.create("http://127.0.0.1:" + FreePort.find()), more);
  }

  private void push(String id, String text) {
    documents.send(
        new Document(
            id,
            ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)),
            "text/plain",
            null,
            "Title of " + id,
            null,
            Map.of(),
            List.of(),
            System.currentTimeMillis()));
  }

  @AfterEach
  void end() {
    if (browser != null) {
      browser.close();
    }
    if (documents != null) {
      documents.close();
    }
    processes.values().forEach(ChildJvm::close);
  }

  private void shoot(Page page, String name) {
    String images = System.getProperty("millrace.screenshots");
    if (images != null) {
      page.screenshot(
          new Page.ScreenshotOptions().setPath(Path.of(images, name + ".png")).setFullPage(true));
    }
  }

  private static LocatorAssertions.ContainsTextOptions patiently() {
    return new LocatorAssertions.ContainsTextOptions().setTimeout(PATIENCE.toMillis());
  }

  @Test
  void lag_falls_to_zero_and_a_dead_letter_is_sent_again_until_it_is_searchable() {
    Path executable = Browser.installed().orElse(null);
    Assumptions.assumeTrue(
        executable != null,
        "no Chromium here: apt-get install chromium, or -Dmillrace.test.browser=PATH");
    start("watch", "embed,serving,monitor", api, Map.of());
    startPreprocess(Map.of("millrace.documents.max-bytes", "2000"));
    documents =
        Producers.documents(StageContext.of(Settings.of(settings), new SimpleMeterRegistry()));
    browser = Browser.open(executable, api);
    Page page = browser.page(1280, 900, ColorScheme.LIGHT);
    page.navigate("/console");
    Locator preprocess = page.locator("[data-stage=preprocess]");
    assertThat(preprocess).containsText("caught up", patiently());

    processes.get("preprocess").kill();
    for (int i = 0; i < DOCUMENTS; i++) {
      push("doc-" + i, "Document number " + i + " tells of the river and its mill.");
    }
    documents.flush(PATIENCE);
    assertThat(preprocess).containsText("behind", patiently());
    assertThat(
            page.getByRole(
                AriaRole.ARTICLE, new Page.GetByRoleOptions().setName("stage preprocess")))
        .containsText(DOCUMENTS + " records", patiently());
    shoot(page, "console-lag");
    startPreprocess(Map.of("millrace.documents.max-bytes", "2000"));
    assertThat(preprocess).containsText("caught up", patiently());
    assertThat(page.locator("[data-stage=embed]")).containsText("caught up", patiently());

    push("large", "A document about the quetzalcoatlus. ".repeat(100));
    documents.flush(PATIENCE);
    page.navigate("/console#/letters");
    Locator letter = page.locator("tr", new Page.LocatorOptions().setHasText("too-large"));
    assertThat(letter).containsText("large", patiently());
    shoot(page, "console-poisoned");
    processes.get("preprocess").close();
    startPreprocess(Map.of());
    letter.getByRole(AriaRole.CHECKBOX).check();
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Send 1 again")).click();
    page.locator("#confirm-yes").click();
    Locator sent =
        page.getByRole(AriaRole.REGION, new Page.GetByRoleOptions().setName("Sent again"));
    assertThat(sent).containsText("through: searchable", patiently());
    shoot(page, "console-redriven");

    page.navigate("/console#/documents?id=large");
    assertThat(page.locator("ol.trace"))
        .containsText("sent again after having been a dead letter", patiently());
    assertThat(page.locator("ol.trace")).containsText("searchable");
    assertThat(page.locator("main")).containsText("indexed");
    assertThat(Browser.faults(page)).isEmpty();
    shoot(page, "console-trace");
    try (var client = new Api(api, Optional.empty())) {
      Awaitility.await()
          .atMost(PATIENCE)
          .until(
              () ->
                  client
                      .get("/v1/search?q=quetzalcoatlus&mode=bm25")
                      .at("/hits/0/document_id")
                      .asText()
                      .equals("large"));
    }
    assertThat(browser.complaints()).isEmpty();
  }
}
