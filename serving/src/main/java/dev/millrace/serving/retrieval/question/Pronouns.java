package dev.millrace.serving.retrieval.question;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Words by which a question leans on what was said before, in a few languages. */
final class Pronouns {

  private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{M}]+(?:['’]\\p{L}+)?");

  private static final Set<String> POINTING =
      Stream.of(
              "it its it's itself they them their theirs he she him her his hers this that these"
                  + " those one ones there former latter same such both"
                  // German
                  + " er sie ihn ihm ihr ihre ihren es dessen deren dies diese dieser dieses dort"
                  + " davon dafür dabei damit daran"
                  // French, Spanish
                  + " il elle ils elles celui celle ceux cela ça lui leur ello esto eso esa ese"
                  + " ellos ellas")
          .flatMap(words -> Stream.of(words.split(" ")))
          .collect(Collectors.toUnmodifiableSet());

  /** Words that begin a question which goes on where the last one ended. */
  private static final Pattern GOES_ON =
      Pattern.compile(
          "^\\s*(?:and|but|or|so|also|what about|how about|why(?: not| is that)?\\s*\\?|how so"
              + "|and if|what if|und|aber|auch|was ist mit|wie ist es mit|warum\\s*\\?|et|mais"
              + "|pourquoi\\s*\\?|y|pero|¿?por qué\\s*\\?|那|它|那么)(?![\\p{L}\\p{N}])",
          Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);

  private static final Pattern CJK = Pattern.compile("它|他们|她们|这个|那个|それ|これ|그것");

  /** Asks the last question again of another subject. */
  private static final Pattern SWAPS =
      Pattern.compile(
          "^\\s*(?:and |und |et |y )?(?:what about|how about|was ist mit|wie ist es mit"
              + "|qu'en est-il d|¿?qué hay de)(?![\\p{L}\\p{N}])",
          Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);

  private static final Pattern PAIRED =
      Pattern.compile("[\\p{IsHan}\\p{IsHiragana}\\p{IsKatakana}\\p{IsHangul}]");

  private Pronouns() {}

  /** True if the question is the last one, with another subject. */
  static boolean swapsSubject(String question) {
    return SWAPS.matcher(question).find();
  }

  /** True if words of the question are counted in pairs of characters, about two for a word. */
  static boolean countsInPairs(String question) {
    return PAIRED.matcher(question).find();
  }

  /** True if the question points at something that it does not name. */
  static boolean pointsBack(String question) {
    return GOES_ON.matcher(question).find()
        || CJK.matcher(question).find()
        || words(question).stream().anyMatch(POINTING::contains);
  }

  private static List<String> words(String question) {
    return WORD.matcher(question)
        .results()
        .map(m -> m.group().toLowerCase(Locale.ROOT).replace('’', '\''))
        .toList();
  }
}
