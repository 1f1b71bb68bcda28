package dev.millrace.testkit;

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
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A headless browser of this machine, and what it complained of. Needs Playwright and axe-core,
 * which this module only offers: a module that uses them names them among its own test
 * dependencies.
 */
public final class Browser implements AutoCloseable {

  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");
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
  public static Optional<Path> installed() {
    return Stream.of(System.getProperty("millrace.test.browser", ""))
        .filter(path -> !path.isBlank())
        .map(Path::of)
        .filter(Files::isExecutable)
        .findFirst()
        .or(() -> PlaywrightDriver.onPath(NAMES));
  }

  /** Starts it; skips the test where its driver cannot be fetched. */
  public static Browser open(Path executable, URI root) {
    Playwright playwright =
        Playwright.create(new Playwright.CreateOptions().setEnv(PlaywrightDriver.environment()));
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

  public Page page(int width, int height, ColorScheme colours) {
    return page(
        new com.microsoft.playwright.Browser.NewContextOptions()
            .setViewportSize(width, height)
            .setColorScheme(colours));
  }

  /** A page in a context of its own. */
  public Page page(com.microsoft.playwright.Browser.NewContextOptions options) {
    BrowserContext context = browser.newContext(options.setBaseURL(root.toString()));
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
  public List<String> complaints() {
    return complaints;
  }

  /** Serious faults of accessibility, one line each. */
  public static List<String> faults(Page page) {
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
