package dev.millrace.serving.generate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class StopTextTest {

  @Test
  void nothing_of_the_stop_text_that_ends_first_leaves_however_the_text_is_cut() {
    SplittableRandom random = new SplittableRandom(3);
    for (int round = 0; round < 3_000; round++) {
      String text = letters(random, random.nextInt(40));
      List<String> stops =
          List.of(letters(random, 1 + random.nextInt(4)), letters(random, 1 + random.nextInt(4)));
      int cut = text.length();
      int firstEnd = Integer.MAX_VALUE;
      for (String stop : stops) {
        int end = text.indexOf(stop) + stop.length();
        if (text.contains(stop)
            && (end < firstEnd || end == firstEnd && end - stop.length() < cut)) {
          cut = end - stop.length();
          firstEnd = end;
        }
      }
      boolean ends = firstEnd < Integer.MAX_VALUE;
      StopText filter = new StopText(stops);
      StringBuilder out = new StringBuilder();
      for (int at = 0; at < text.length(); ) {
        int end = Math.min(text.length(), at + 1 + random.nextInt(3));
        out.append(filter.add(text.substring(at, end)));
        assertThat(text.substring(0, cut)).startsWith(out);
        at = end;
      }
      out.append(filter.found() ? "" : filter.rest());
      assertThat(filter.found()).isEqualTo(ends);
      assertThat(out).as("%s in %s", stops, text).hasToString(text.substring(0, cut));
    }
  }

  /** Of two letters, so that there are many near misses. */
  private static String letters(SplittableRandom random, int length) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append(random.nextBoolean() ? 'a' : 'b');
    }
    return text.toString();
  }
}
