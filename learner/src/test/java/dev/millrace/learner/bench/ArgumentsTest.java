package dev.millrace.learner.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ArgumentsTest {

  private static Arguments of(String... words) {
    return Arguments.of(
        new TreeMap<>(Map.of("seeds", "1,2", "rate", "3e-4", "only", "a,b")), words);
  }

  @Test
  void words_replace_defaults() {
    assertThat(of().wholes("seeds", 0)).containsExactly(1, 2);
    assertThat(of("seeds=7").whole("seeds", 0)).isEqualTo(7);
    assertThat(of("seeds=").wholes("seeds", 0)).isEmpty();
    assertThat(of("rate=1").number("rate")).isEqualTo(1);
    assertThat(of("only= b ,a").words("only", List.of("a", "b"))).containsExactly("b", "a");
  }

  @Test
  void what_is_wrong_is_named() {
    assertThatThrownBy(() -> of("sedes=1"))
        .hasMessage(
            "'sedes=1' is not understood: give key=value, the keys and defaults are"
                + " {only=a,b, rate=3e-4, seeds=1,2}");
    assertThatThrownBy(() -> of("seeds")).hasMessageContaining("'seeds' is not understood");
    assertThatThrownBy(() -> of("seeds=1,x").wholes("seeds", 0))
        .hasMessage("seeds must be a whole number from 0 on, not 'x'");
    assertThatThrownBy(() -> of("seeds=0").whole("seeds", 1))
        .hasMessage("seeds must be a whole number from 1 on, not '0'");
    assertThatThrownBy(() -> of("rate=fast").number("rate"))
        .hasMessage("rate must be a number, not 'fast'");
    assertThatThrownBy(() -> of("only=c").words("only", List.of("a", "b")))
        .hasMessage("only must be of a, b, not 'c'");
  }
}
