package dev.millrace.serving.chat;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ThinkTagsTest {

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "`an answer`, false, ``, `an answer`",
        "`<think>hm</think>yes`, false, `hm`, `yes`",
        "` \n<think>\nhm, 1 < 2 </think>\n\nyes </think>`, false, `hm, 1 < 2 `, `yes </think>`",
        "`hm</think>\nyes`, true, `hm`, `yes`",
        "`<think>never closed </thin`, false, `never closed </thin`, ``",
        "`<thin ice`, false, ``, `<thin ice`",
        "`  <think`, false, ``, `  <think`",
        "`x <think>y</think>`, false, ``, `x <think>y</think>`",
        "`<think></think>`, false, ``, ``",
      })
  void pieces_of_any_length_say_the_same(
      String text, boolean open, String reasoning, String content) {
    for (int seed = 0; seed < 50; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      ThinkTags tags = new ThinkTags(open);
      StringBuilder thought = new StringBuilder();
      StringBuilder said = new StringBuilder();
      for (int at = 0; at < text.length(); ) {
        int end = Math.min(text.length(), at + 1 + random.nextInt(4));
        tags.add(text.substring(at, end))
            .forEach(p -> (p.reasoning() ? thought : said).append(p.text()));
        at = end;
      }
      tags.finish().forEach(p -> (p.reasoning() ? thought : said).append(p.text()));
      assertThat(thought).hasToString(reasoning == null ? "" : reasoning);
      assertThat(said).hasToString(content == null ? "" : content);
    }
  }
}
