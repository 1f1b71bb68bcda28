package dev.millrace.serving.http;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import dev.millrace.contracts.avro.Feedback;
import dev.millrace.serving.chat.ChatBackend;
import dev.millrace.serving.feedback.FeedbackLog;
import dev.millrace.testkit.Browser;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** The page in a browser, over a server in this JVM. */
abstract class ChatPageBase extends HttpTestBase {

  final List<Feedback> kept = new CopyOnWriteArrayList<>();
  final ScriptedBackend model = new ScriptedBackend();

  BrowserContext context;
  Page page;

  private static Browser browser;

  @BeforeEach
  void open() {
    if (browser == null) {
      Path executable = Browser.installed().orElse(null);
      assumeTrue(
          executable != null,
          "no Chromium here: apt-get install chromium, or -Dmillrace.test.browser");
      browser = Browser.open(executable, root); // once for all tests of a class
    }
    browser.complaints().clear();
    backends.add(model);
    backends.addAll(more());
    feedback =
        Optional.of(
            new FeedbackLog() {
              @Override
              public void append(Feedback one) {
                kept.add(one);
              }

              @Override
              public void close() {
                // a list needs no closing
              }
            });
    serve(Map.of());
    page = newPage(1280, 860, ColorScheme.LIGHT);
  }

  /** Backends beside the scripted one. */
  List<ChatBackend> more() {
    return List.of();
  }

  Page newPage(int width, int height, ColorScheme scheme) {
    if (context != null) {
      context.close();
    }
    Page opened =
        browser.page(
            new com.microsoft.playwright.Browser.NewContextOptions()
                .setViewportSize(width, height)
                .setColorScheme(scheme)
                .setHasTouch(width < 800)
                .setIsMobile(width < 800));
    context = opened.context();
    context.setDefaultTimeout(10_000);
    opened.onRequest(
        request -> {
          if (!request.url().startsWith(root.toString())) {
            complaints().add("asked another server: " + request.url());
          }
        });
    opened.navigate(root.toString());
    assertThat(opened.locator("#model option")).hasCount(1 + backends.size());
    return opened;
  }

  @AfterEach
  void nothingWasComplainedAbout() {
    if (browser == null) {
      return;
    }
    List<String> said = List.copyOf(complaints());
    if (context != null) {
      context.close();
    }
    assertThat(said).isEmpty();
  }

  @AfterAll
  static void closeBrowser() {
    if (browser != null) {
      browser.close();
      browser = null;
    }
  }

  /**
   * What the page said on its console, or asked of another server; a test allows what it causes.
   */
  List<String> complaints() {
    return browser.complaints();
  }

  void ask(String question) {
    page.locator("#question").fill(question);
    page.keyboard().press("Enter");
  }

  /** Asks and waits for the whole answer. */
  Locator answered(String question) {
    ask(question);
    Locator answer = page.locator(".message.assistant").last();
    assertThat(answer).hasAttribute("aria-busy", "false");
    return answer;
  }

  void choose(String model) {
    page.locator("#model").selectOption(model);
  }
}
