package dev.millrace.serving.extractive;

import dev.millrace.serving.text.Terms;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What a question asks to be explained, and how well a sentence does that: by its grammar, as
 * definitions are written ("A KTable is an abstraction of …", "acks=all means …"). The patterns are
 * those of definition extraction since Hearst (1992), for English above all.
 */
final class Definition {

  /** A sentence that is at least this good explains the subject. */
  static final double EXPLAINS = 0.5;

  private static final int LONGEST_SUBJECT = 4;

  /** "What does X do?" asks what X is; with another verb ("What does X keep?") it does not. */
  private static final Pattern ASKS =
      Pattern.compile(
          "^\\W*(?:(?:please|so|and|but|ok)\\W+)?(?:(?:can|could) you (?:please )?)?"
              + "(?:(?:tell me |explain |describe )?what(?: does| do)?"
              + "(?=.* (?:is|are|mean|means|do|does|stand for|refer to)[\\s?.!]*$)"
              + "|what(?:'s|’s| is| are| was| were)"
              + "|define|explain|describe|who (?:is|are|was)"
              + "|was (?:ist|sind|bedeutet)|qu['’]est-ce qu(?:e |['’])|qu[eé] (?:es|son|significa))"
              + "\\s*(?:meant by |the (?:meaning|definition) of )?(.+?)"
              + "(?: (?:is|are|mean|means|do|does|stand for|refer to))?[\\s?.!]*$",
          Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);

  private static final Pattern ARTICLE =
      Pattern.compile(
          "^(?:an?|the|der|die|das|eine?|le|la|les|une?|el|los|las)\\s+|^l['’]",
          Pattern.CASE_INSENSITIVE);

  /** Asks for a value or a relation, not for what something is; or has a verb in it. */
  private static final Pattern PROPERTY =
      Pattern.compile(
          "\\b(?:of|for|to|by|between|from|with|about|and|or|if|when|that|which|who|what|how|why|where"
              + "|whether|happens?|happened"
              + "|i|you|we|my|your|our|there|this|it|they|should|can|must|will|not"
              + "|default|maximum|minimum|max|min|recommended|best|most|required|supported"
              + "|size|value|number|limit|port|path|version|command|option|reason|purpose"
              + "|difference|benefit|advantage|role|way|format|syntax)s?\\b",
          Pattern.CASE_INSENSITIVE);

  private static final Pattern WITHIN =
      Pattern.compile(" (?:in|within|on|under) (?:the )?", Pattern.CASE_INSENSITIVE);

  /** Asks what is somewhere, not what something is: "What is stored in the offsets topic?" */
  private static final Pattern PLACED =
      Pattern.compile(
          "(?:[\\p{L}-]*[^\\We]ed|set|kept|held|built|made|sent|read|written|put|done|taken|given|found|new)",
          Pattern.CASE_INSENSITIVE);

  private static final Pattern ADVERBS = Pattern.compile("^(?:(?:\\p{L}+ly|just)\\s+)+");
  private static final Pattern KIND =
      Pattern.compile("^(?:an?|the|one|another|any|some|part)\\b", Pattern.CASE_INSENSITIVE);

  /** What follows "is" where a sentence tells how something fares, not what it is. */
  private static final Pattern STATE =
      Pattern.compile(
          "^(?:now|no|not|still|only|currently|already|also|always|never|sometimes|often|available"
              + "|different|required|optional|enabled|disabled|possible|important|so|too|very|more|less"
              + "|better|being|in|on|at|for|out|up|both|going|quite|actually|such|easy|similar|responsible"
              + "|[\\p{L}-]+(?:ed|ing|en)|set|kept|held|built|made|sent|read|run|put|done|taken|found|pretty|what)\\b",
          Pattern.CASE_INSENSITIVE);

  private static final String MEANS =
      "(?:means?|refers? to|represents?|denotes?|stands? for|describes?|consists?"
          + " of|comprises?|(?:is|are) (?:called|defined as|known as|referred to"
          + " as)|bedeutet|bezeichnet|significa|désigne)\\b";
  private static final String DOES =
      "(?:allows?|lets|ensures?|provides?|enables?|gives?|offers?|helps?|makes?|holds?|stores?|keeps?"
          + "|contains?|supports?|serves?|acts?|controls?|specifies|determines?|sets|defines?|configures?|tells|can"
          + " be used|(?:is|are) (?:used|based|built|responsible|applied|made))\\b";

  private final boolean search;
  private final Pattern topic;
  private final Pattern which;
  private final Pattern is;
  private final Pattern means;
  private final Pattern does;
  private final Pattern label;
  private final Pattern called;

  private Definition(String subject, boolean search) {
    this.search = search;
    String name = name(subject);
    // a modifier before the name makes it a kind of what is asked about, a particle one of them
    String before =
        "(?<lead>^|[,;:–—]\\s+(?:that |where |and )?|\\bwhere |\\bthat )"
            + "(?<particle>(?:the|this|these|those|that|both|such|my|your|their|its|our|if|when"
            + "|while|since|because|after|once)\\s+)?"
            + "(?:(?:an?|the|each|every|kafka['’]s)\\s+)?(?<kind>(?:(?!(?:of|for|in|on|to|with|by|from|as|and|or)\\b)[\\p{L}\\p{N}-]+\\s+){0,2}?)"
            + name
            + "(?:\\s*\\([^)]{1,60}\\))?,?\\s+";
    int flags = Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE;
    topic =
        Pattern.compile(
            "^[\"“'‘*•\\s-]{0,3}(?:(?:an?|the)\\s+)?(?:[\\p{L}\\p{N}'’-]+\\s+)?"
                + name
                + "(?![\\p{L}\\p{N}-])",
            flags);
    which =
        Pattern.compile(
            "(?<![\\p{L}\\p{N}-])"
                + name
                + "(?:,\\s+which|\\s*\\([^)]{1,60}\\),?\\s+(?:that|which))\\s+(?:is|are|has|have|can)\\s+",
            flags);
    is = Pattern.compile(before + "(?:is|are|was|ist|sind|est|sont|es|son)\\s+", flags);
    means = Pattern.compile(before + MEANS, flags);
    does = Pattern.compile(before + DOES, flags);
    label =
        Pattern.compile(
            "^[\"“'‘*•\\s-]{0,3}"
                + name
                + "\\W{0,2}(?:\\s*[:–—|]\\s+\\p{L}|\\s+-\\s+\\p{L}"
                + "|\\s+(?-i:The|An?|This|Whether|Specifies|Indicates|Defines|Used)\\s)",
            flags);
    called =
        Pattern.compile(
            "\\b(?:called|known as|termed|named|referred to"
                + " as|so-called)\\s+(?:an?\\s+|the\\s+)?[\"“'‘]?"
                + name
                + "(?=[\"”'’.,;:()]|$|\\s+(?:is|are|that|which|and|or|in|for|to|because)\\b)",
            flags);
  }

  /** What the question asks to be explained; empty if it asks something else. */
  static Optional<Definition> asked(String question) {
    Matcher asks = ASKS.matcher(question.strip());
    boolean bare = !asks.matches();
    String phrase = bare ? question.strip().replaceFirst("[\\s?.!]+$", "") : asks.group(1).strip();
    String named = ARTICLE.matcher(phrase).replaceFirst("");
    String[] parts = WITHIN.split(named, 2);
    String head = parts[0].replaceAll("[\"“”'‘’`]", "").strip();
    boolean placed = parts.length > 1 && PLACED.matcher(head).matches();
    int words = head.isEmpty() ? 0 : head.split("\\s+").length;
    boolean fits =
        words > 0
            && words <= LONGEST_SUBJECT
            && !placed
            && !Terms.asked(head).isEmpty()
            && !PROPERTY.matcher(head).find()
            && (!bare || head.equals(question.strip()) && words <= 2);
    return fits ? Optional.of(new Definition(head, bare && words > 1)) : Optional.empty();
  }

  /** Each word of a name, one form or many. */
  private static String name(String subject) {
    return List.of(subject.split("[\\s-]+")).stream()
        .map(Definition::word)
        .collect(Collectors.joining("[\\s-]+"));
  }

  private static String word(String written) {
    String word = written.toLowerCase(Locale.ROOT);
    boolean plural = word.length() > 3 && word.endsWith("s") && !word.endsWith("ss");
    String one = plural ? word.substring(0, word.length() - 1) : word;
    String stem = plural && one.endsWith("ie") ? one.substring(0, one.length() - 2) : one;
    if (one.endsWith("y") && one.length() > 2) {
      stem = one.substring(0, one.length() - 1);
      return Pattern.quote(stem) + "(?:y|ies)";
    }
    return stem.equals(one) ? Pattern.quote(one) + "(?:s|es)?" : Pattern.quote(stem) + "(?:y|ies)";
  }

  /** True for several words without one of asking: it may be a search for key words. */
  boolean isSearch() {
    return search;
  }

  /** True if the sentence begins with the subject, as such and not as a part of another name. */
  boolean isTopicOf(String sentence) {
    return topic.matcher(sentence).find();
  }

  /** 0 for a sentence that only mentions the subject, 1 for one that says what it is. */
  double strength(String sentence) {
    double best = 0;
    if (sentence.endsWith("?")) {
      return best;
    }
    if (label.matcher(sentence).find() || called.matcher(sentence).find()) {
      best = 0.9;
    }
    Matcher aside = which.matcher(sentence);
    if (aside.find() && !fares(sentence.substring(aside.end()))) {
      best = Math.max(best, 0.6);
    }
    Matcher copula = is.matcher(sentence);
    while (copula.find()) {
      String after = ADVERBS.matcher(sentence.substring(copula.end())).replaceFirst("");
      double plain = KIND.matcher(after).find() ? 1 : fares(after) ? 0.4 : 0.9;
      best = Math.max(best, weighed(plain, copula));
    }
    Matcher meaning = means.matcher(sentence);
    while (meaning.find()) {
      best = Math.max(best, weighed(1, meaning));
    }
    Matcher doing = does.matcher(sentence);
    while (doing.find()) {
      best = Math.max(best, weighed(0.7, doing));
    }
    return best;
  }

  private static boolean fares(String after) {
    return STATE.matcher(after).find();
  }

  private static double weighed(double strength, Matcher found) {
    double weighed = strength;
    String particle = found.group("particle");
    if (particle != null && !particle.strip().equalsIgnoreCase("the")) {
      weighed *= 0.3; // of a certain one, or under a condition
    }
    String kind = found.group("kind").strip();
    if (!kind.isEmpty()) {
      weighed *= kind.endsWith("ing") ? 0.3 : 0.75;
    }
    return found.group("lead").isEmpty() ? weighed : 0.9 * weighed;
  }
}
