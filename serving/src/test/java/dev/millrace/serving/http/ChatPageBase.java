package dev.millrace.serving.http;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import dev.millrace.serving.Chromium;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

/** The page in a browser, over a server in this JVM. */
abstract class ChatPageBase extends HttpTestBase {

  private static Chromium chromium;

  final ScriptedBackend model = new ScriptedBackend();

  /**
   * What the page said on its console, or asked of another server; a test allows what it causes.
   */
  final List<String> complaints = new CopyOnWriteArrayList<>();

  BrowserContext context;
  Page page;

  @BeforeAll
  static void startBrowser() throws Exception {
    chromium = Chromium.start();
  }

  @AfterAll
  static void stopBrowser() {
    if (chromium != null) {
      chromium.close();
      chromium = null;
    }
  }

  @BeforeEach
  void open() {
    backends.add(model);
    serve(Map.of());
    page = newPage(1280, 860, ColorScheme.LIGHT);
  }

  Page newPage(int width, int height, ColorScheme scheme) {
    if (context != null) {
      context.close();
    }
    context =
        chromium
            .browser()
            .newContext(
                new Browser.NewContextOptions()
                    .setViewportSize(width, height)
                    .setColorScheme(scheme)
                    .setDeviceScaleFactor(width < 800 ? 2 : 1)
                    .setHasTouch(width < 800)
                    .setIsMobile(width < 800));
    context.setDefaultTimeout(10_000);
    Page opened = context.newPage();
    opened.onConsoleMessage(
        message -> {
          if (message.type().equals("error") || message.type().equals("warning")) {
            complaints.add(message.text());
          }
        });
    opened.onPageError(complaints::add);
    opened.onRequest(
        request -> {
          if (!request.url().startsWith(root.toString())) {
            complaints.add("asked another server: " + request.url());
          }
        });
    opened.onDialog(
        dialog -> {
          if (dialog.type().equals("alert")) {
            complaints.add("alert: " + dialog.message());
          }
          dialog.accept();
        });
    opened.navigate(root.toString());
    assertThat(opened.locator("#model option")).hasCount(2);
    return opened;
  }

  @AfterEach
  void nothingWasComplainedAbout() {
    if (context != null) {
      context.close();
    }
    assertThat(complaints).isEmpty();
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
