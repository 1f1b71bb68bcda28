package dev.millrace.preprocess.parse;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jsoup.nodes.Element;
import org.jsoup.select.Elements;

/**
 * Finds what a page says among what surrounds it: elements that never hold content go, elements
 * named like navigation go when they are mostly links, tables of contents of the page itself go.
 * Where a {@code main} or {@code article} holds a good part of the text, the rest goes too.
 */
final class MainContent {

  private static final String NEVER =
      "script, style, noscript, template, iframe, object, embed, svg, canvas, head, select, "
          + "button, input, textarea, link, meta, [hidden], [aria-hidden=true]";
  private static final String SURROUNDINGS =
      "nav, footer, aside, form, dialog, menu, [role=navigation], [role=banner], [role=search], "
          + "[role=contentinfo], [role=complementary], [role=dialog]";
  private static final Pattern HIDDEN =
      Pattern.compile("display\\s{0,4}:\\s{0,4}none|visibility\\s{0,4}:\\s{0,4}hidden");

  /** Names of elements that hold no content, whatever stands in them. */
  private static final Set<String> STRONG =
      Set.of(
          "nav",
          "navbar",
          "navigation",
          "breadcrumb",
          "breadcrumbs",
          "pagination",
          "pager",
          "sidebar",
          "footer",
          "cookie",
          "cookies",
          "masthead",
          "copyright",
          "subnav",
          "topnav");

  /** Names of elements that hold no content when they are mostly links. */
  private static final Set<String> WEAK =
      Set.of(
          "menu",
          "toc",
          "banner",
          "social",
          "share",
          "sharing",
          "related",
          "promo",
          "ads",
          "advert",
          "newsletter",
          "subscribe",
          "links",
          "toolbar",
          "header",
          "top",
          "bottom",
          "skip");

  private static final double MOSTLY_LINKS = 0.5;
  private static final double LINKS_ONLY = 0.8;
  private static final double GOOD_PART = 0.3;
  private static final double SMALL_PART = 0.3;

  private MainContent() {}

  /** The element that holds the content, its surroundings removed; {@code body} is changed. */
  static Element of(Element body) {
    Element kept = body.clone();
    kept.select(NEVER).remove();
    kept.select("[style]").stream()
        .filter(element -> HIDDEN.matcher(element.attr("style")).find())
        .toList()
        .forEach(Element::remove);
    kept.select(SURROUNDINGS).remove();
    kept.select("header").stream().toList().forEach(MainContent::keepHeadings);
    int whole = kept.text().length();
    for (Element element : kept.select("div, ul, ol, section, p, table, span, center").asList()) {
      if (isBoilerplate(element, whole)) {
        element.remove();
      }
    }
    return main(kept);
  }

  /** All of the text, only scripts and the like removed. */
  static Element everythingOf(Element body) {
    Element kept = body.clone();
    kept.select(NEVER).remove();
    return kept;
  }

  /** A page's header is navigation, but often holds its title. */
  private static void keepHeadings(Element header) {
    for (Element heading : header.select("h1, h2").asList()) {
      header.before(heading);
    }
    header.remove();
  }

  private static Element main(Element body) {
    Elements candidates = body.select("main, [role=main]");
    if (candidates.isEmpty()) {
      candidates = body.select("article");
    }
    if (candidates.size() == 1) {
      Element candidate = candidates.first();
      if (candidate.text().length() >= GOOD_PART * body.text().length()) {
        return candidate;
      }
    }
    return body;
  }

  private static boolean isBoilerplate(Element element, int whole) {
    Set<String> names = names(element);
    boolean strong = names.stream().anyMatch(STRONG::contains);
    boolean weak = names.stream().anyMatch(WEAK::contains);
    boolean list = element.normalName().equals("ul") || element.normalName().equals("ol");
    if (!strong && !weak && !list && !names.contains("contents")) {
      return false;
    }
    int length = element.text().length();
    if (element.selectFirst("h1, pre") != null || length > SMALL_PART * whole && !list) {
      return false;
    }
    double links = linkDensity(element, length);
    return strong
        || (weak && links >= MOSTLY_LINKS)
        || (links >= LINKS_ONLY && pointsIntoThePage(element));
  }

  private static double linkDensity(Element element, int length) {
    int linked = element.select("a[href]").stream().mapToInt(a -> a.text().length()).sum();
    return length == 0 ? 1 : (double) linked / length;
  }

  private static boolean pointsIntoThePage(Element element) {
    List<String> targets = element.select("a[href]").eachAttr("href");
    return targets.size() >= 3 && targets.stream().allMatch(target -> target.startsWith("#"));
  }

  private static Set<String> names(Element element) {
    var names = new HashSet<String>();
    for (String name : (element.className() + " " + element.id()).split("[\\s_-]+")) {
      names.add(name.toLowerCase(Locale.ROOT));
    }
    return names;
  }
}
