package dev.millrace.preprocess.parse;

import dev.millrace.preprocess.document.Block;
import dev.millrace.preprocess.document.Reason;
import dev.millrace.preprocess.document.RejectedException;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/** CSV and its kin: one block a row. The delimiter is the one that the first lines agree on. */
final class DelimitedTable {

  private static final char[] DELIMITERS = {',', ';', '\t', '|'};
  private static final int SAMPLE_LINES = 20;

  private DelimitedTable() {}

  static List<Block> parse(String text, int maxChars) {
    var format =
        CSVFormat.DEFAULT
            .builder()
            .setDelimiter(delimiter(text))
            .setIgnoreEmptyLines(true)
            .setLenientEof(true)
            .setTrailingData(true)
            .get();
    var blocks = new BlockBuilder(maxChars);
    try (var parser = CSVParser.parse(new StringReader(text), format)) {
      for (CSVRecord row : parser) {
        blocks.add(new Block.TableRow(join(row)));
      }
    } catch (UncheckedIOException | IOException | IllegalStateException e) {
      throw new RejectedException(Reason.CORRUPT, "not a table of rows: " + e.getMessage());
    }
    return blocks.build();
  }

  private static String join(CSVRecord row) {
    return StreamSupport.stream(row.spliterator(), false)
        .map(cell -> cell.strip().replace('\n', ' '))
        .collect(Collectors.joining(Block.TableRow.CELL_SEPARATOR));
  }

  private static char delimiter(String text) {
    List<String> lines = text.lines().filter(line -> !line.isBlank()).limit(SAMPLE_LINES).toList();
    char best = ',';
    long bestScore = 0;
    for (char candidate : DELIMITERS) {
      long fewest =
          lines.stream()
              .mapToLong(line -> line.chars().filter(c -> c == candidate).count())
              .min()
              .orElse(0);
      if (fewest > bestScore) {
        best = candidate;
        bestScore = fewest;
      }
    }
    return best;
  }
}
