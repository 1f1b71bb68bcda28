package dev.millrace.serving.http;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import dev.millrace.contracts.avro.Feedback;
import dev.millrace.contracts.avro.Message;
import dev.millrace.testkit.Browser;
import io.quarkus.test.junit.QuarkusTest;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

@QuarkusTest
class ChatPageTest extends ChatPageBase {

  private static final String QUESTION = "What does acks=all mean?";

  @Test
  void answer_has_chips_that_open_the_passage_highlighted_in_its_document() {
    Locator answer = answered(QUESTION);
    assertThat(answer.locator(".content")).containsText("acks=all means that the leader waits");
    Locator chip = answer.locator(".content button.chip").first();
    assertThat(chip).hasText("1");
    assertThat(chip).hasAttribute("aria-label", "Source 1: Producer settings");
    chip.click();
    assertThat(page.locator("#source")).isVisible();
    assertThat(page.locator("#source-title")).hasText("Producer settings");
    assertThat(page.locator("#source mark")).containsText("acks=all means that the leader waits");
    assertThat(page.locator("#source-text")).containsText(ACKS);
    assertThat(page.locator("#source-original"))
        .hasAttribute("href", "https://example.org/producer");
    page.keyboard().press("Escape");
    assertThat(page.locator("#source")).isHidden();
    assertThat(chip).isFocused();
  }

  @Test
  void passage_of_a_document_that_has_changed_is_found_again_or_said_to_be_gone() {
    Locator answer = answered(QUESTION);
    index.put("producer", 20, "Producer settings", null, "A new preface. " + ACKS);
    allow("409");
    allow("404");
    answer.locator("button.chip").first().click();
    assertThat(page.locator("#source-notice")).containsText("still stands in it");
    assertThat(page.locator("#source mark")).containsText("acks=all means that the leader waits");
    page.keyboard().press("Escape");
    index.put("producer", 21, "Producer settings", null, "All is different.");
    answer.locator("button.chip").first().click();
    assertThat(page.locator("#source-notice")).containsText("not in it any more");
    page.keyboard().press("Escape");
    index.removeManifestOnly("producer");
    answer.locator("button.chip").first().click();
    assertThat(page.locator("#source-notice")).containsText("not there any more");
    allowed(4);
  }

  @Test
  void markdown_of_a_model_is_shown() {
    choose(ScriptedBackend.ID);
    page.locator("#documents").uncheck();
    model.writes(
        "# Title\n\n- **bold** and `code`\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n"
            + "[link](https://example.org/x)\n\n```\n<xml/>\n```");
    Locator content = answered("show").locator(".content");
    assertThat(content.locator("h1")).hasText("Title");
    assertThat(content.locator("li strong")).hasText("bold");
    assertThat(content.locator("td")).hasText(new String[] {"1", "2"});
    assertThat(content.locator("pre")).hasText("<xml/>");
    assertThat(content.locator("a")).hasAttribute("rel", "noopener noreferrer nofollow");
  }

  @Test
  void thoughts_stand_apart_from_the_answer() {
    choose(ScriptedBackend.ID);
    page.locator("#documents").uncheck();
    model.thinks("first I add", "Four.");
    Locator answer = answered("2+2?");
    assertThat(answer.locator(".content")).hasText("Four.");
    answer.locator("summary", new Locator.LocatorOptions().setHasText("Thoughts")).click();
    assertThat(answer.locator(".thoughts")).hasText("first I add");
  }

  @Test
  void stopped_answer_stops_the_model_and_can_be_asked_again() throws Exception {
    choose(ScriptedBackend.ID);
    page.locator("#documents").uncheck();
    model.writesForEver();
    ask("go");
    Locator answer = page.locator(".message.assistant").last();
    assertThat(answer.locator(".content")).containsText("word word");
    page.keyboard().press("Escape");
    assertThat(answer.locator(".error")).hasText("Stopped.");
    assertThat(model.stopped.await(10, TimeUnit.SECONDS)).isTrue();
    model.writes("Again.");
    answer.getByLabel("Answer again").click();
    assertThat(page.locator(".message.assistant .content")).hasText("Again.");
    assertThat(page.locator(".message")).hasCount(2);
  }

  @Test
  void list_of_models_follows_what_is_published_meanwhile() {
    assertThat(page.locator("#model option").nth(1)).hasText("scripted");
    model.version = 7;
    page.locator("#model").focus();
    assertThat(page.locator("#model option").nth(1)).hasText("scripted · version 7");
    choose(ScriptedBackend.ID);
    page.locator("#documents").uncheck();
    model.writesAs(8, "82");
    Locator answer = answered("37+45=");
    assertThat(answer.locator(".byline")).hasText("scripted · version 8");
    answer.getByLabel("Good answer").click();
    assertThat(answer.getByLabel("Good answer")).hasAttribute("aria-pressed", "true");
    org.assertj.core.api.Assertions.assertThat(kept.getLast().getVersion()).isEqualTo(8);
  }

  @Test
  void conversations_of_two_tabs_do_not_overwrite_each_other() {
    answered(QUESTION);
    Page other = context.newPage();
    other.navigate(root.toString());
    assertThat(other.locator("#past li")).hasCount(1);
    other.locator("#new").click();
    other.locator("#question").fill("How can I list all consumer groups?");
    other.keyboard().press("Enter");
    assertThat(other.locator(".message.assistant").last()).hasAttribute("aria-busy", "false");
    assertThat(page.locator("#past li")).hasCount(2);
    answered("And how long does it wait?");
    page.reload();
    assertThat(page.locator("#past li")).hasCount(2);
  }

  @Test
  void thumbs_send_what_was_asked_and_answered() {
    Locator answer = answered(QUESTION);
    answer.getByLabel("Good answer").click();
    assertThat(answer.getByLabel("Good answer")).hasAttribute("aria-pressed", "true");
    Feedback good = kept.getLast();
    assertThat(good.getModel()).isEqualTo("extractive");
    assertThat(good.getMessages()).extracting(Message::getContent).containsExactly(QUESTION);
    assertThat(good.getChosen()).startsWith("acks=all means");
    assertThat(good.getRejected()).isNull();
    assertThat(good.getConversationId()).isNotBlank();
    assertThat(good.getMessageId()).isNotBlank();
    answer.getByLabel("Bad answer").click();
    page.keyboard().type("too long");
    page.keyboard().press("Enter");
    assertThat(answer.getByLabel("Bad answer")).hasAttribute("aria-pressed", "true");
    assertThat(kept.getLast().getRejected()).startsWith("acks=all means");
    assertThat(kept.getLast().getComment()).isEqualTo("too long");
    assertThat(kept.getLast().getMessageId()).isEqualTo(good.getMessageId());
  }

  @Test
  void answer_is_copied() {
    context.grantPermissions(List.of("clipboard-read", "clipboard-write"));
    Locator answer = answered(QUESTION);
    answer.getByLabel("Copy").click();
    page.waitForCondition(
        () -> {
          Object copied = page.evaluate("navigator.clipboard.readText()");
          return copied.toString().startsWith("acks=all means that the leader waits");
        });
  }

  @Test
  void conversations_are_kept_in_the_browser_and_go_on() {
    answered(QUESTION);
    answered("And how long does it wait?");
    page.locator("#new").click();
    assertThat(page.locator(".message")).hasCount(0);
    answered("How can I list all consumer groups?");
    assertThat(page.locator("#past li")).hasCount(2);
    page.reload();
    assertThat(page.locator(".message.user .bubble"))
        .hasText("How can I list all consumer groups?");
    page.locator("#past .conversation").nth(1).click();
    assertThat(page.locator(".message.user .bubble").first()).hasText(QUESTION);
    assertThat(page.locator("button.chip").first()).isVisible();
    page.locator("#past li").nth(1).hover();
    page.locator("#past li").nth(1).locator(".icon").click();
    assertThat(page.locator("#past li")).hasCount(1);
    page.evaluate("window.confirm = () => true");
    page.locator("#forget").click();
    assertThat(page.locator("#past li")).hasCount(0);
    assertThat(page.evaluate("localStorage.getItem('millrace.conversations')")).isEqualTo("[]");
  }

  @Test
  void follow_up_question_is_understood_from_the_conversation() {
    answered(QUESTION);
    Locator second = answered("Why?");
    second
        .locator("summary", new Locator.LocatorOptions().setHasText("How this was found"))
        .click();
    assertThat(second.locator(".more table")).containsText("Why? acks=all");
  }

  @Test
  void keyboard_alone_is_enough() {
    page.locator("body").click();
    page.keyboard().press("/");
    assertThat(page.locator("#question")).isFocused();
    page.keyboard().type("What does acks=all");
    page.keyboard().press("Shift+Enter");
    page.keyboard().type("mean?");
    page.keyboard().press("Enter");
    Locator answer = page.locator(".message.assistant").last();
    assertThat(answer).hasAttribute("aria-busy", "false");
    assertThat(page.locator(".message.user .bubble")).hasText("What does acks=all\nmean?");
    assertThat(page.locator("#question")).isFocused();
    int presses = 0;
    while (!Boolean.TRUE.equals(page.evaluate("document.activeElement.matches('.chip')"))) {
      page.keyboard().press("Shift+Tab");
      org.assertj.core.api.Assertions.assertThat(++presses).isLessThan(30);
    }
    page.keyboard().press("Enter");
    assertThat(page.locator("#source mark")).isVisible();
    page.keyboard().press("Escape");
    page.keyboard().press("Alt+n");
    assertThat(page.locator(".message")).hasCount(0);
    assertThat(page.locator("#question")).isFocused();
  }

  @Test
  void service_that_goes_away_is_said_to_be_away_and_comes_back() {
    answered(QUESTION);
    index.away(true);
    allow("503");
    Locator answer = answered("How can I list all consumer groups?");
    assertThat(answer.locator(".error")).containsText("does not answer");
    assertThat(page.locator("#notice")).containsText("Trying again");
    index.away(false);
    assertThat(page.locator("#notice")).isHidden();
    answer.getByLabel("Answer again").click();
    assertThat(page.locator(".message.assistant .content").last())
        .containsText("bin/kafka-consumer-groups.sh --list");
    page.route("**/*", route -> route.abort());
    allow("net::ERR_FAILED");
    Locator cut = answered("Still there?");
    assertThat(cut.locator(".error")).containsText("Millrace does not answer");
    page.unrouteAll();
    assertThat(page.locator("#notice")).isHidden();
    allowed(100);
  }

  @Test
  void key_is_asked_for_where_one_is_needed() {
    page.route(
        "**/v1/chat/completions",
        route -> {
          if ("Bearer sesame".equals(route.request().headerValue("authorization"))) {
            route.resume();
          } else {
            route.fulfill(
                new com.microsoft.playwright.Route.FulfillOptions()
                    .setStatus(401)
                    .setContentType("application/json")
                    .setBody("{\"error\":{\"message\":\"An API key is needed.\"}}"));
          }
        });
    allow("401");
    ask(QUESTION);
    page.locator("#key-value").fill("sesame");
    page.keyboard().press("Enter");
    assertThat(page.locator(".message.assistant .content")).containsText("acks=all means");
    assertThat(page.evaluate("localStorage.getItem('millrace.key')")).isNull();
    assertThat(page.locator("#key")).isVisible();
    allowed(1);
  }

  @Test
  void page_has_no_serious_fault_of_accessibility_light_or_dark_wide_or_narrow() {
    for (ColorScheme scheme : List.of(ColorScheme.LIGHT, ColorScheme.DARK)) {
      for (int width : new int[] {1280, 390}) {
        page = newPage(width, 844, scheme);
        faultless("empty " + scheme + " " + width);
        Locator answer = answered(QUESTION);
        faultless("answer " + scheme + " " + width);
        answer.locator(".content button.chip").first().click();
        assertThat(page.locator("#source mark")).isVisible();
        faultless("source " + scheme + " " + width);
      }
    }
  }

  @Test
  void narrow_page_has_its_conversations_behind_a_button_and_does_not_scroll_sideways() {
    page = newPage(390, 844, ColorScheme.LIGHT);
    answered(QUESTION);
    assertThat(page.locator("#side")).isHidden();
    page.locator("#menu").click();
    assertThat(page.locator("#past .conversation")).isVisible();
    page.keyboard().press("Escape");
    assertThat(page.locator("#side")).isHidden();
    assertThat(page.locator("#menu")).isFocused();
    assertThat(page.evaluate("document.documentElement.scrollWidth <= innerWidth")).isEqualTo(true);
  }

  private void faultless(String what) {
    List<String> faults = Browser.faults(page);
    assertThat(faults).as(what).isEmpty();
  }

  private String expected = "";

  /** The browser itself writes failed requests to the console: those that a test causes may be. */
  private void allow(String part) {
    expected = expected.isEmpty() ? part : expected + "|" + part;
  }

  private void allowed(int most) {
    List<String> caused =
        complaints().stream().filter(c -> c.matches("(?s).*(" + expected + ").*")).toList();
    org.assertj.core.api.Assertions.assertThat(caused.size()).isLessThanOrEqualTo(most);
    complaints().removeAll(caused);
  }
}
