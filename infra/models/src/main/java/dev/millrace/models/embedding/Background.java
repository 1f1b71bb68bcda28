package dev.millrace.models.embedding;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/**
 * How telling a term is: inverse document frequencies from a background table that ships with the
 * model ({@code background.tsv}; where it comes from stands in {@code background.md}). A term that
 * the table does not know is as telling as the rarest that it knows.
 *
 * <p>The table is part of the model: another table gives other vectors and needs another id.
 */
final class Background {

  /** Words that say nothing about the subject of an English text; stems, as the scanner makes. */
  private static final Set<String> STOP_WORDS =
      Set.of(
          "a an and are as at be been but by can could did do does doe don for from had has have he her"
              .concat(
                  " here him his how i if in into is it its me more most my no not of on or our")
              .concat(
                  " out over own s same she should so some such t than that the thei their them")
              .concat(
                  " then there these they this those to too under up very was we were what when")
              .concat(
                  " where which while who whom why will with would you your also any about all am")
              .concat(
                  " because being below between both during each further having itself just may")
              .concat(" might must nor now off once only other shall upon us via within without")
              .split(" "));

  /** Not zero: a text of stop words only still has a direction of its own. */
  private static final float STOP_WEIGHT = 0.1f;

  private final LongFloatTable idf;
  private final float unknown;

  private Background(LongFloatTable idf, float unknown) {
    this.idf = idf;
    this.unknown = unknown;
  }

  /** Reads the table of the class path. */
  static Background load() {
    try (InputStream in = Background.class.getResourceAsStream("background.tsv")) {
      if (in == null) {
        throw new IllegalStateException("background.tsv is missing from the class path");
      }
      return read(new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8)));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read background.tsv", e);
    }
  }

  /** First line: number of texts; every other line: stem, tab, number of texts that hold it. */
  private static Background read(BufferedReader lines) throws IOException {
    long texts = Long.parseLong(lines.readLine().strip());
    var table = new LongFloatTable(1 << 14);
    String line;
    while ((line = lines.readLine()) != null) {
      int tab = line.indexOf('\t');
      long frequency = Long.parseLong(line.substring(tab + 1));
      table.put(Hash.of(line.substring(0, tab)), idf(texts, frequency));
    }
    float rarest = idf(texts, 1);
    STOP_WORDS.forEach(word -> table.put(Hash.of(word), rarest * STOP_WEIGHT));
    return new Background(table, rarest);
  }

  private static float idf(long texts, long frequency) {
    return (float) StrictMath.log(1 + (texts - frequency + 0.5) / (frequency + 0.5));
  }

  /**
   * @param term the hash of a stem
   * @return above 0, little for a stop word, 1 for an unknown term
   */
  float weight(long term) {
    return idf.get(term, unknown) / unknown;
  }
}
