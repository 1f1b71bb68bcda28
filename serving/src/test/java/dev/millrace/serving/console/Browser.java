package dev.millrace.serving.console;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.deque.html.axecore.results.Rule;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.ColorScheme;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** A headless browser of this machine, and what it complained of. */
final class Browser implements AutoCloseable {

  private static final Set<String> SERIOUS = Set.of("serious", "critical");

  private final Playwright playwright;
  private final com.microsoft.playwright.Browser browser;
  private final List<String> complaints = new ArrayList<>();
  private final URI root;

  private Browser(Playwright playwright, com.microsoft.playwright.Browser browser, URI root) {
    this.playwright = playwright;
    this.browser = browser;
    this.root = root;
  }

  /** Where a browser is; empty: this machine has none. */
  static Optional<Path> installed() {
    return Stream.of(
            System.getProperty("millrace.test.browser", ""),
            "/usr/bin/chromium",
            "/usr/bin/chromium-browser",
            "/usr/bin/google-chrome")
        .filter(path -> !path.isBlank())
        .map(Path::of)
        .filter(Files::isExecutable)
        .findFirst();
  }

  static Browser open(Path executable, URI root) {
    Playwright playwright =
        Playwright.create(
            new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
    return new Browser(
        playwright,
        playwright
            .chromium()
            .launch(
                new BrowserType.LaunchOptions()
                    .setExecutablePath(executable)
                    .setArgs(List.of("--no-sandbox", "--disable-gpu"))),
        root);
  }

  Page page(int width, int height, ColorScheme colours) {
    BrowserContext context =
        browser.newContext(
            new com.microsoft.playwright.Browser.NewContextOptions()
                .setViewportSize(width, height)
                .setColorScheme(colours)
                .setBaseURL(root.toString()));
    context.setDefaultTimeout(20_000);
    Page page = context.newPage();
    page.onConsoleMessage(
        message -> {
          if (Set.of("error", "warning").contains(message.type())) {
            complaints.add(message.type() + ": " + message.text() + " " + message.location());
          }
        });
    page.onPageError(error -> complaints.add("error: " + error));
    page.onDialog(
        dialog -> {
          complaints.add("dialog: " + dialog.message());
          dialog.dismiss();
        });
    return page;
  }

  /** Errors and warnings of all pages, and dialogs that a script opened. */
  List<String> complaints() {
    return complaints;
  }

  /** Serious faults of accessibility, one line each. */
  static List<String> faults(Page page) {
    return new AxeBuilder(page)
        .analyze().getViolations().stream()
            .filter(rule -> SERIOUS.contains(rule.getImpact()))
            .map(Browser::line)
            .toList();
  }

  private static String line(Rule rule) {
    return rule.getId()
        + ": "
        + rule.getHelp()
        + " at "
        + rule.getNodes().stream().map(node -> node.getHtml()).limit(5).toList();
  }

  @Override
  public void close() {
    browser.close();
    playwright.close();
  }
}
