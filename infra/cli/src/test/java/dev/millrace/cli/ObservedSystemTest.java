package dev.millrace.cli;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static dev.millrace.cli.ObservedSystem.PATIENCE;
import static dev.millrace.cli.ObservedSystem.soon;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import dev.millrace.testkit.Browser;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * The whole system as one process, with documents and a short run, as those see it who operate it:
 * traces at a collector, metrics, the console.
 */
@WithServers
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ObservedSystemTest {

  private final ObservedSystem system;

  ObservedSystemTest(Servers servers) throws IOException {
    system = new ObservedSystem(servers);
  }

  @BeforeAll
  void begin() throws Exception {
    system.begin();
  }

  @AfterAll
  void end() {
    system.close();
  }

  private String name(Span span) {
    return span.getName().replace(system.prefix(), "");
  }

  private List<Span> of(String key) {
    return system.collector().spans().stream()
        .filter(span -> TraceCollector.attribute(span, "messaging.kafka.message.key").equals(key))
        .toList();
  }

  /** Each span the child of the one before it. */
  private void assertChain(List<Span> spans, List<String> names) {
    Map<String, Span> byName =
        spans.stream().collect(Collectors.toMap(this::name, span -> span, (one, same) -> one));
    assertThat(byName.keySet()).containsExactlyInAnyOrderElementsOf(names);
    for (int i = 1; i < names.size(); i++) {
      assertThat(byName.get(names.get(i)).getParentSpanId())
          .as(names.get(i))
          .isEqualTo(byName.get(names.get(i - 1)).getSpanId());
    }
    assertThat(spans).extracting(Span::getTraceId).containsOnly(spans.getFirst().getTraceId());
  }

  @Test
  void document_is_one_trace_from_the_request_that_brought_it_to_the_index() {
    List<String> names = List.of("send documents", "process documents", "process chunks");
    soon("spans").until(() -> of("river").size() == 3);

    assertChain(of("river"), names);
    assertThat(of("river"))
        .extracting(span -> java.util.HexFormat.of().formatHex(span.getTraceId().toByteArray()))
        .containsOnly(ObservedSystem.TRACE);
    assertThat(of("river"))
        .extracting(span -> TraceCollector.attribute(span, "millrace.stage"))
        .containsExactlyInAnyOrder("ingest", "preprocess", "embed");
    soon("spans of the rejected one").until(() -> of("dull").size() == 3);
    assertThat(of("dull"))
        .filteredOn(span -> name(span).equals("process documents"))
        .extracting(span -> span.getStatus().getMessage())
        .containsExactly("no-text");
  }

  @Test
  void task_is_one_trace_from_its_issue_to_the_step_that_learns_from_it() {
    List<String> names =
        List.of(
            "send rollout-tasks",
            "process rollout-tasks",
            "process samples",
            "process scored-samples");
    soon("a whole trace").until(() -> trained().isPresent());

    assertChain(of(trained().orElseThrow()), names);
    var last =
        of(trained().orElseThrow()).stream()
            .filter(span -> name(span).equals("process scored-samples"))
            .findFirst()
            .orElseThrow();
    soon("the entry that it links to")
        .until(
            () ->
                system.collector().spans().stream()
                    .filter(span -> name(span).equals("training entry"))
                    .anyMatch(span -> span.getSpanId().equals(last.getLinks(0).getSpanId())));
  }

  /** A task whose spans have all come. */
  private Optional<String> trained() {
    return system.collector().spans().stream()
        .filter(span -> TraceCollector.attribute(span, "millrace.outcome").equals("TRAINED"))
        .map(span -> TraceCollector.attribute(span, "messaging.kafka.message.key"))
        .filter(key -> of(key).size() == 4)
        .findFirst();
  }

  @Test
  void every_metric_that_the_manual_names_is_served_and_no_other() throws Exception {
    Set<String> always = ServedMetrics.documented("### Metrics that are always there");
    Set<String> sometimes = ServedMetrics.documented("### Metrics of what happens seldom");
    assertThat(always).hasSizeGreaterThan(50);
    system.delete("river-to-delete");
    system.ask("extractive", "What turns the mill?");
    soon("all of them")
        .untilAsserted(
            () -> {
              Set<String> served = system.metrics().names();
              assertThat(always)
                  .allSatisfy(
                      name ->
                          assertThat(served)
                              .as(name)
                              .anyMatch(series -> ServedMetrics.isOf(series, name)));
            });

    assertThat(system.metrics().names())
        .filteredOn(name -> name.matches("(millrace|kafka_consumergroup|kafka_topic)_.*"))
        .filteredOn(name -> !name.matches("millrace_learner_.*"))
        .allSatisfy(
            series ->
                assertThat(
                        Stream.concat(always.stream(), sometimes.stream())
                            .anyMatch(name -> ServedMetrics.isOf(series, name)))
                    .as("the manual names " + series)
                    .isTrue());
  }

  /** Every label that a panel or a rule groups by is one of the metric that it groups. */
  @Test
  void dashboard_and_rules_group_by_labels_that_are_there() throws Exception {
    var deploy = Path.of("../deploy");
    List<String> expressions =
        Api.JSON
            .readTree(deploy.resolve("grafana/dashboards/millrace.json").toFile())
            .findValuesAsText("expr");
    Pattern rule = Pattern.compile("(?m)^ *expr: (.*)$");
    rule.matcher(Files.readString(deploy.resolve("prometheus/alarms.yml")))
        .results()
        .forEach(found -> expressions.add(found.group(1)));
    assertThat(expressions).hasSizeGreaterThan(30);
    Pattern grouping =
        Pattern.compile("by \\(([^)]*)\\) \\((?:rate\\()?([a-z0-9_]+)(?:\\{([a-z]+)=)?");
    for (String expression : expressions) {
      if (expression.contains("kl_reference")) {
        continue; // of runs with a reference only
      }
      grouping
          .matcher(expression)
          .results()
          .forEach(
              found ->
                  soon(expression)
                      .until(
                          () ->
                              system
                                  .metrics()
                                  .haveLabels(found.group(2), found.group(1), found.group(3))));
    }
  }

  private void inBrowser(Consumer<Page> work) {
    Path executable = Browser.installed().orElse(null);
    Assumptions.assumeTrue(
        executable != null,
        "no Chromium here: apt-get install chromium, or -Dmillrace.test.browser=PATH");
    try (Browser browser = Browser.open(executable, system.api())) {
      Page page = browser.page(1280, 900, ColorScheme.LIGHT);
      work.accept(page);
      assertThat(Browser.faults(page)).isEmpty();
      assertThat(browser.complaints()).isEmpty();
    }
  }

  /** With {@code -Dmillrace.screenshots=FOLDER}. */
  private static void shoot(Page page, String name) {
    String folder = System.getProperty("millrace.screenshots");
    if (folder != null) {
      page.screenshot(new Page.ScreenshotOptions().setPath(Path.of(folder, name + ".png")));
    }
  }

  private static LocatorAssertions.ContainsTextOptions patiently() {
    return new LocatorAssertions.ContainsTextOptions().setTimeout(PATIENCE.toMillis());
  }

  /** The values of a curve as the console gets them. */
  private double[] curve(String metric) {
    JsonNode values = system.json("/console/api/learning").at("/curves/" + metric + "/values");
    double[] all = new double[values.size()];
    for (int i = 0; i < all.length; i++) {
      all[i] = values.get(i).asDouble();
    }
    return all;
  }

  private static double mean(double[] values, int from, int to) {
    return java.util.Arrays.stream(values, from, to).average().orElseThrow();
  }

  /** Before the others: the console draws the newest steps only. */
  @Test
  @Order(1)
  void reward_curve_grows_while_a_policy_learns_and_a_sample_is_opened() {
    inBrowser(
        page -> {
          page.navigate("/console#/learning");
          Locator reward =
              page.getByRole(AriaRole.REGION, named("Reward").setExact(true)).locator("p").last();
          assertThat(reward).containsText(Pattern.compile("reward\\.mean [01]"), patiently());
          soon("it learns")
              .until(
                  () -> {
                    double[] rewards = curve("reward.mean");
                    int n = rewards.length;
                    return n >= 20 && mean(rewards, n - 5, n) > mean(rewards, 0, 5) + 0.1;
                  });
          assertThat(system.json("/console/api/learning").path("steps"))
              .filteredOn(step -> !step.path("kind").asText().equals("START"))
              .isNotEmpty()
              .allSatisfy(
                  step ->
                      assertThat(step.path("idle").isNumber())
                          .as("the share of waiting, as the learner notes it: " + step)
                          .isTrue());
          page.navigate("/console#/samples");
          page.locator("td a, th a").first().click();
          assertThat(page.locator(".tokens span").first()).isVisible();
          page.locator(".tokens").first().focus();
          page.locator(".tokens").first().press("ArrowRight");
          assertThat(page.getByText("written by version").first()).isVisible();
          shoot(page, "console-sample");
        });
  }

  private static Page.GetByRoleOptions named(String name) {
    return new Page.GetByRoleOptions().setName(name);
  }

  @Test
  void stage_that_is_paused_in_the_console_stands_still_until_it_may_go_on() {
    inBrowser(
        page -> {
          page.navigate("/console#/stream");
          Locator embed = page.getByRole(AriaRole.ARTICLE, named("stage embed"));
          page.getByRole(AriaRole.BUTTON, named("Pause embed")).click();
          page.locator("#reason").fill("the index moves");
          page.locator("#confirm-yes").click();
          assertThat(embed).containsText("paused", patiently());
          soon("the process has heard of it")
              .until(() -> system.text("/q/health/ready").contains("paused by anonymous"));
          assertThat(system.json("/q/health/ready").path("status").asText())
              .as("a pause is no fault")
              .isEqualTo("UP");

          unchecked(
              () -> system.put("late", "Written while the index moves, the mill stands still."));
          assertThat(embed).containsText("2 records", patiently()); // its chunk and its manifest
          assertThat(
                  page.locator(".alarm", new Page.LocatorOptions().setHasText("embed is paused")))
              .containsText("the index moves");
          assertThat(system.outcome("late")).isEqualTo("received");
          shoot(page, "console-stream");

          page.getByRole(AriaRole.BUTTON, named("Let go on embed")).click();
          page.locator("#confirm-yes").click();
          assertThat(embed).containsText("caught up", patiently());
          soon("searchable").until(() -> system.outcome("late").equals("indexed"));
        });
  }

  private interface Risky {
    void run() throws Exception;
  }

  private static void unchecked(Risky work) {
    try {
      work.run();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
