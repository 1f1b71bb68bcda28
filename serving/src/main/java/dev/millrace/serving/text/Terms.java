package dev.millrace.serving.text;

import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.LowerCaseFilter;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.Tokenizer;
import org.apache.lucene.analysis.cjk.CJKBigramFilter;
import org.apache.lucene.analysis.cjk.CJKWidthFilter;
import org.apache.lucene.analysis.en.EnglishPossessiveFilter;
import org.apache.lucene.analysis.en.PorterStemFilter;
import org.apache.lucene.analysis.miscellaneous.ASCIIFoldingFilter;
import org.apache.lucene.analysis.standard.StandardTokenizer;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;

/**
 * The words of a text as they are compared: folded, lower case, stemmed; pairs of neighbours for
 * Chinese, Japanese and Korean. A name with dots, such as {@code log.retention.hours}, counts as
 * itself and as its parts.
 */
public final class Terms {

  /** Words of a question that say how it is asked, not what about; unstemmed. */
  private static final Set<String> ASKING =
      Stream.of(
              ("a about am an and any anybody anyone are as at be been by can could do does did"
                   + " doing for from get give had has have having he her his how i if in into is"
                   + " it its just let like may me mean meaning means might much must my need no"
                   + " not of off on one or our out please possible say shall she should show so"
                   + " some such tell than that the their them then there these they thing this"
                   + " those to understand up us use used using want was way we were what when"
                   + " where whether which who whom whose why will with work works would you your"
                   + " explain describe happen happens exactly"
                      // German, French, Spanish
                      + " der die das den dem des ein eine einen einem eines und oder ist sind war"
                      + " wie was wer wo wann warum welche welcher welches kann ich man wir ihr sie"
                      + " es zu zum zur im in am auf mit von für fur bei nicht bedeutet heisst"
                      + " heißt le la les un une des du de et ou est sont que qui quoi quel quelle"
                      + " quels quelles comment pourquoi quand je on nous vous il elle ils elles"
                      + " dans sur avec pour par ce cette ces ne pas au aux el los las una unos"
                      + " unas y o es son como cual cuando donde por para con en del al se no lo su"
                      + " sus")
                  .split("\\s+"))
          .collect(Collectors.toUnmodifiableSet());

  private static final Pattern COMPOUND = Pattern.compile(".+[._].+");
  private static final Pattern SEPARATORS = Pattern.compile("[._]+");
  private static final Analyzer STEMS = analyzer(true);
  private static final Analyzer WORDS = analyzer(false);

  private Terms() {}

  /** Every term of a text. */
  public static Set<String> of(String text) {
    return analyse(STEMS, text);
  }

  /** The terms of a question that an answer has to hold; empty if it is made of asking words. */
  public static Set<String> asked(String question) {
    Set<String> terms = new LinkedHashSet<>();
    for (String word : analyse(WORDS, question)) {
      if (!ASKING.contains(word)) {
        terms.addAll(of(word));
      }
    }
    return terms;
  }

  private static Set<String> analyse(Analyzer analyzer, String text) {
    Set<String> terms = new LinkedHashSet<>();
    try (TokenStream stream = analyzer.tokenStream("text", new StringReader(text))) {
      CharTermAttribute term = stream.addAttribute(CharTermAttribute.class);
      stream.reset();
      while (stream.incrementToken()) {
        terms.add(term.toString());
      }
      stream.end();
    } catch (IOException e) {
      throw new UncheckedIOException("Reading a string cannot fail", e);
    }
    for (String name : List.copyOf(terms)) {
      if (COMPOUND.matcher(name).matches()) {
        terms.addAll(analyse(analyzer, SEPARATORS.matcher(name).replaceAll(" ")));
      }
    }
    return terms;
  }

  private static Analyzer analyzer(boolean stemmed) {
    return new Analyzer(Analyzer.PER_FIELD_REUSE_STRATEGY) {
      @Override
      protected TokenStreamComponents createComponents(String field) {
        Tokenizer tokens = new StandardTokenizer();
        TokenStream terms = new LowerCaseFilter(new CJKWidthFilter(tokens));
        terms = new EnglishPossessiveFilter(new CJKBigramFilter(terms));
        terms = new ASCIIFoldingFilter(terms);
        return new TokenStreamComponents(tokens, stemmed ? new PorterStemFilter(terms) : terms);
      }
    };
  }
}
