package dev.millrace.serving.console;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import dev.millrace.contracts.avro.Chunk;
import dev.millrace.contracts.avro.ChunkOutcome;
import dev.millrace.contracts.avro.ChunkedDocument;
import dev.millrace.contracts.avro.Document;
import dev.millrace.contracts.avro.IndexOutcome;
import dev.millrace.contracts.avro.Indexed;
import dev.millrace.devstack.ServerKind;
import dev.millrace.testkit.Browser;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The console in a real browser, over topics whose every text tries to be a script. With {@code
 * -Dmillrace.screenshots=FOLDER} each page is also drawn there.
 */
@QuarkusTest
@WithServers({ServerKind.KAFKA, ServerKind.REGISTRY})
class ConsoleBrowserTest {

  private static final String SCRIPT = LearningStory.SCRIPT;
  private static final List<String> PAGES =
      List.of("stream", "groups", "documents", "learning", "samples", "letters");

  @Inject ConsoleHolder holder;

  @TestHTTPResource("/")
  URI root;

  private ConsoleFixture fixture;
  private Browser browser;
  private String prefix;

  @BeforeEach
  void begin(Servers servers) {
    Path executable = Browser.installed().orElse(null);
    Assumptions.assumeTrue(
        executable != null,
        "no Chromium here: apt-get install chromium, or -Dmillrace.test.browser");
    prefix = servers.uniquePrefix();
    fixture =
        new ConsoleFixture(
            servers.endpoints().kafkaBootstrap(),
            servers.endpoints().registry().toString(),
            prefix,
            Map.of());
    holder.show(fixture.monitor);
    browser = Browser.open(executable, root);
    seed();
  }

  @AfterEach
  void end() {
    if (browser != null) {
      browser.close();
    }
    if (fixture != null) {
      fixture.close();
    }
  }

  private void seed() {
    var topics = fixture.context.topics();
    try (var story = new LearningStory(fixture, "run " + SCRIPT)) {
      story.tell(12);
    }
    String tasks = topics.rolloutTasks().name();
    for (int i = 0; i < 3; i++) {
      fixture.letter(tasks, "key " + i + SCRIPT, SCRIPT, "corrupt", "what it said: " + SCRIPT);
    }
    long now = System.currentTimeMillis();
    for (int i = 0; i < 5; i++) {
      fixture.write(
          topics.indexed(),
          "doc " + i + SCRIPT,
          Indexed.newBuilder()
              .setDocumentId("doc " + i + SCRIPT)
              .setRevision(i)
              .setOutcome(i == 4 ? IndexOutcome.REJECTED : IndexOutcome.INDEXED)
              .setReason(i == 4 ? SCRIPT : null)
              .setChunks(3)
              .setEmbedded(2)
              .setReused(1)
              .setSentAt(now - 900)
              .setProcessedAt(now - 500)
              .setIndexedAt(now)
              .build());
    }
    fixture.commit(prefix + "reward-workers" + "-other", topics.samples().name(), 0, 1);
    Awaitility.await()
        .until(
            () ->
                fixture.monitor.books().runs().runs().size() == 1
                    && fixture.monitor.books().samples().groups().size() == 24
                    && fixture.monitor.books().documents().reports().size() == 5);
  }

  private static void go(Page page, String where) {
    page.navigate("/console#/" + where);
    assertThat(page.locator("#connection")).hasText("live");
    assertThat(page.locator("main h1")).isVisible();
  }

  private void shoot(Page page, String name) {
    String folder = System.getProperty("millrace.screenshots");
    if (folder != null) {
      page.screenshot(
          new Page.ScreenshotOptions().setPath(Path.of(folder, name + ".png")).setFullPage(true));
    }
  }

  private void unharmed(Page page) {
    assertThat(page.evaluate("window.pwned === undefined && document.images.length === 0"))
        .isEqualTo(true);
    assertThat(browser.complaints()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(
      value = ColorScheme.class,
      names = {"LIGHT", "DARK"})
  void no_page_has_a_serious_fault_of_accessibility_or_runs_what_records_say(ColorScheme colours) {
    Page page = browser.page(1280, 900, colours);
    for (String name : PAGES) {
      go(page, name);
      content(page, name).first().waitFor();
      assertThat(Browser.faults(page)).as(name + " " + colours).isEmpty();
      shoot(page, "console-" + name + (colours == ColorScheme.DARK ? "-dark" : ""));
      unharmed(page);
    }
  }

  /** What shows that a page has its data. */
  private static Locator content(Page page, String name) {
    return switch (name) {
      case "stream" -> page.locator("[data-stage=learner]");
      case "groups" -> page.getByText("reward-workers");
      case "documents" -> page.getByText("doc 3");
      case "learning" -> page.locator(".chart canvas");
      case "samples" -> page.getByText("sum-12-0");
      default -> page.getByText("corrupt");
    };
  }

  @Test
  void on_a_phone_nothing_is_wider_than_the_screen() {
    Page page = browser.page(375, 740, ColorScheme.LIGHT);
    for (String name : PAGES) {
      go(page, name);
      content(page, name).first().waitFor();
      Object wide = page.evaluate("document.documentElement.scrollWidth - innerWidth");
      assertThat((Integer) wide).as(name).isLessThanOrEqualTo(0);
      shoot(page, "console-" + name + "-phone");
    }
    unharmed(page);
  }

  @Test
  void keyboard_alone_reaches_every_page_sorts_a_table_and_walks_through_tokens() {
    Page page = browser.page(1280, 900, ColorScheme.LIGHT);
    go(page, "stream");
    page.locator("body").press("Tab");
    assertThat(page.locator(":focus")).hasText("To the content");
    Locator tab = page.getByRole(AriaRole.LINK, named("Topics and groups"));
    tab.focus();
    tab.press("Enter");
    assertThat(page.locator("h1")).hasText("Topics and groups");
    assertThat(page.locator(":focus")).hasAttribute("id", "main");

    Locator lag =
        page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Lag").setExact(true))
            .first();
    lag.focus();
    lag.press("Enter");
    assertThat(page.locator("th[aria-sort=descending]").first()).containsText("Lag");

    go(page, "samples");
    page.getByRole(AriaRole.LINK, named("00000012/0000")).press("Enter");
    Locator tokens = page.locator(".tokens").first();
    tokens.focus();
    tokens.press("End");
    assertThat(
            page.getByRole(AriaRole.STATUS)
                .filter(
                    new Locator.FilterOptions().setHasText(Pattern.compile("token (\\d+) of \\1"))))
        .containsText(Pattern.compile("written by version 1[23]"));
    assertThat(Browser.faults(page)).isEmpty();
    shoot(page, "console-sample");
    unharmed(page);
  }

  private static Page.GetByRoleOptions named(String name) {
    return new Page.GetByRoleOptions().setName(name);
  }

  @Test
  void step_opens_with_its_groups_and_a_task_is_followed_to_it() {
    Page page = browser.page(1280, 900, ColorScheme.LIGHT);
    go(page, "learning");
    page.getByRole(AriaRole.BUTTON, named("12").setExact(true)).click();
    Locator groups = page.getByRole(AriaRole.REGION, named("Groups of step 12"));
    assertThat(groups.getByText("filtered: zero-variance")).isVisible();
    assertThat(Browser.faults(page)).isEmpty();
    shoot(page, "console-step");

    groups.getByText("follow").first().click();

    assertThat(page.locator("ol.trace li")).hasCount(4);
    assertThat(page.locator("ol.trace")).containsText("trained in step 12");
    unharmed(page);
  }

  @Test
  void reward_curve_grows_while_the_run_goes_on() {
    Page page = browser.page(1280, 900, ColorScheme.LIGHT);
    go(page, "learning");
    Locator reward =
        page.getByRole(AriaRole.REGION, named("Reward").setExact(true)).locator("p").last();
    try (var story = new LearningStory(fixture, "second")) {
      page.navigate("/console#/learning?run=second");
      story.begin();
      for (int step = 1; step <= 3; step++) {
        story.step(step, 10);
        assertThat(reward).containsText("reward.mean 0.%d".formatted(20 + 7 * step));
      }
    }
    unharmed(page);
  }

  @Test
  void letter_is_looked_into_and_sent_again_after_a_confirmation() {
    Page page = browser.page(1280, 900, ColorScheme.LIGHT);
    go(page, "letters");
    page.getByRole(AriaRole.LINK, named("0@1")).click();
    assertThat(page.getByText("3c 69 6d 67 20 73 72 63").first()).isVisible();
    assertThat(Browser.faults(page)).isEmpty();
    shoot(page, "console-letter");
    page.getByRole(AriaRole.BUTTON, named("Send again")).click();
    Locator confirm = page.locator("dialog#confirm");
    assertThat(confirm).containsText("Send this letter again?");
    assertThat(Browser.faults(page)).isEmpty();
    confirm.getByText("Cancel").click();
    assertThat(confirm).isHidden();
    Awaitility.await()
        .during(java.time.Duration.ofSeconds(1))
        .until(() -> fixture.monitor.letters().log().since(0).isEmpty());

    page.getByRole(AriaRole.BUTTON, named("Send again")).click();
    page.locator("#confirm-yes").click();

    assertThat(page.getByText("sent to " + prefix + "rollout-tasks")).isVisible();
    go(page, "letters");
    assertThat(page.getByText("by anonymous").first()).isVisible();
    unharmed(page);
  }

  @Test
  void stage_is_paused_for_a_reason_that_all_can_read_and_goes_on() {
    Page page = browser.page(1280, 900, ColorScheme.DARK);
    go(page, "stream");
    Locator reward = page.getByRole(AriaRole.ARTICLE, named("stage reward"));
    reward.getByRole(AriaRole.BUTTON).click();
    Locator confirm = page.locator("dialog#confirm");
    assertThat(confirm).containsText("Pause reward?");
    assertThat(Browser.faults(page)).isEmpty();
    page.locator("#reason").fill("profiles change " + SCRIPT);
    page.locator("#reason").press("Enter");

    assertThat(reward.locator("[data-stage=reward]")).hasText("paused");
    assertThat(reward).containsText("by anonymous");
    assertThat(reward).containsText("profiles change");
    Locator alarm =
        page.locator(".alarm", new Page.LocatorOptions().setHasText("reward is paused by"));
    assertThat(alarm).containsText("Somebody paused it on purpose");
    assertThat(Browser.faults(page)).isEmpty();
    shoot(page, "console-paused");

    reward.getByRole(AriaRole.BUTTON, new Locator.GetByRoleOptions().setName("Let go on")).click();
    page.locator("#confirm-yes").click();
    assertThat(alarm).hasCount(0);
    assertThat(reward.locator("[data-stage=reward]")).not().hasText("paused");
    unharmed(page);
  }

  @Test
  void document_with_a_hostile_title_is_followed_and_shows_its_chunks() {
    String id = "page " + SCRIPT;
    long now = System.currentTimeMillis();
    var topics = fixture.context.topics();
    var content = java.nio.ByteBuffer.wrap(ConsoleFixture.bytes(SCRIPT));
    fixture.write(
        topics.documents(),
        id,
        new Document(id, content, "text/plain", null, SCRIPT, null, Map.of(), List.of(), now));
    fixture.write(
        topics.chunks(),
        id,
        ChunkedDocument.newBuilder()
            .setDocumentId(id)
            .setRevision(0)
            .setOutcome(ChunkOutcome.CHUNKED)
            .setTitle(SCRIPT)
            .setText(SCRIPT)
            .setChunks(
                List.of(new Chunk(0, SCRIPT.length(), List.of(SCRIPT), 0, SCRIPT.length(), 9, "h")))
            .setSentAt(now)
            .setProcessedAt(now)
            .build());
    Page page = browser.page(1280, 900, ColorScheme.LIGHT);
    go(page, "documents");
    page.locator("#subject").fill(id);
    page.locator("#subject").press("Enter");

    assertThat(page.locator("ol.trace")).containsText("cut into 1 chunks");
    assertThat(page.locator("ol.trace")).containsText(SCRIPT);
    page.getByRole(AriaRole.BUTTON, named("Show its chunks")).click();
    assertThat(page.getByRole(AriaRole.REGION, named("Chunks of the newest revision")))
        .containsText(SCRIPT);
    assertThat(Browser.faults(page)).isEmpty();
    shoot(page, "console-document");
    assertThat(page.evaluate("window.pwned === undefined && document.images.length === 0"))
        .isEqualTo(true);
    // This process answers nothing under /v1/documents, which the page says in words.
    assertThat(browser.complaints()).allMatch(said -> said.contains("/v1/documents/"));
  }

  @Test
  void stuck_group_is_marked_and_raises_an_alarm_with_advice() {
    Page page = browser.page(1280, 900, ColorScheme.LIGHT);
    go(page, "groups");

    assertThat(page.locator("tr.stuck").first()).containsText("stuck for");
    assertThat(page.locator(".alarm").first()).containsText("stuck group");
    assertThat(page.locator(".alarm").first()).containsText("Restarting the stage is safe");
    page.getByRole(AriaRole.BUTTON, named("reward-workers-other")).click();
    assertThat(page.getByRole(AriaRole.REGION, named("Partitions"))).containsText("1");
    shoot(page, "console-partitions");
    unharmed(page);
  }
}
