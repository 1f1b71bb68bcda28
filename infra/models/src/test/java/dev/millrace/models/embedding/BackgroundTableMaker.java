package dev.millrace.models.embedding;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Makes {@code background.tsv}: counts in how many texts each stem stands. Arguments: the output,
 * the folder of HTML pages (a text is a block of them), the file of JSON lines (a text is a line).
 */
final class BackgroundTableMaker {

  private static final Pattern BLOCK =
      Pattern.compile("(?i)</?(p|li|h[1-6]|td|tr|pre|div|ul|ol)\\b[^>]{0,300}>");
  private static final Pattern TAG = Pattern.compile("<[^<>]{1,500}>");
  private static final Pattern NOISE =
      Pattern.compile("&[a-z#0-9]{2,6};|<<[^>]{0,80}>>|\\\\[nu\"]");
  private static final int KEPT = 8_000;
  private static final int LEAST = 2;

  private final Map<String, Integer> frequencies = new HashMap<>();
  private int texts;

  public static void main(String[] args) throws IOException {
    var maker = new BackgroundTableMaker();
    try (var pages = Files.walk(Path.of(args[1]))) {
      for (Path page : pages.filter(p -> p.toString().endsWith(".html")).sorted().toList()) {
        for (String block : BLOCK.split(Files.readString(page))) {
          maker.add(TAG.matcher(block).replaceAll(" "));
        }
      }
    }
    for (String line : Files.readAllLines(Path.of(args[2]))) {
      maker.add(line.replace("\"question\":", "").replace("\"answer\":", ""));
    }
    Files.write(Path.of(args[0]), maker.lines());
  }

  private void add(String text) {
    var stems = new HashSet<String>();
    int[] words = {0};
    new TermScanner()
        .scan(
            NOISE.matcher(text).replaceAll(" "),
            (chars, length, cjk) -> {
              words[0]++;
              String stem = new String(chars, 0, length);
              if (!cjk && stem.chars().allMatch(Character::isLetter)) {
                stems.add(stem);
              }
            });
    if (words[0] >= 5) {
      texts++;
      stems.forEach(stem -> frequencies.merge(stem, 1, Integer::sum));
    }
  }

  private List<String> lines() {
    var lines = new ArrayList<String>();
    lines.add(String.valueOf(texts));
    lines.addAll(
        frequencies.entrySet().stream()
            .filter(e -> e.getValue() >= LEAST)
            .sorted(
                Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder())
                    .thenComparing(Map.Entry.comparingByKey()))
            .limit(KEPT)
            .map(e -> e.getKey() + "\t" + e.getValue())
            .collect(Collectors.toList()));
    return lines;
  }
}
