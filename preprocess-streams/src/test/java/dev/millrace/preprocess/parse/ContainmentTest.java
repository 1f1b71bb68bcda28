package dev.millrace.preprocess.parse;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.millrace.preprocess.document.ParsedDocument;
import dev.millrace.preprocess.document.Reason;
import dev.millrace.preprocess.document.RejectedException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/** What a parser that hangs, dies or swells does to those around it: nothing. */
class ContainmentTest {

  private static final ParsedDocument PARSED =
      new ParsedDocument("text/plain", Optional.empty(), List.of());

  @Test
  void a_hung_parse_is_given_up_and_its_thread_is_not_used_again() throws Exception {
    var release = new CountDownLatch(1);
    try (var pool = new ParsePool(2)) {
      for (int i = 0; i < 2; i++) {
        var rejection =
            catchThrowableOfType(
                RejectedException.class,
                () -> pool.tryRun(() -> hang(release), Duration.ofMillis(100)));
        assertThat(rejection.reason()).isEqualTo(Reason.PARSE_TIMEOUT);
      }

      assertThat(pool.room()).isZero();
      assertThat(pool.tryRun(() -> PARSED, Duration.ofSeconds(5))).as("no place").isNull();

      release.countDown();
      await().untilAsserted(() -> assertThat(pool.room()).isEqualTo(2));
      assertThat(pool.tryRun(() -> PARSED, Duration.ofSeconds(5))).isSameAs(PARSED);
    }
  }

  /** Does not react to being interrupted, like a loop. */
  private static ParsedDocument hang(CountDownLatch release) {
    while (release.getCount() > 0) {
      Thread.onSpinWait();
    }
    return PARSED;
  }

  @Test
  void a_parse_that_recurses_without_end_is_too_deep() {
    try (var pool = new ParsePool(1)) {
      var rejection =
          catchThrowableOfType(
              RejectedException.class, () -> pool.tryRun(() -> recurse(1), Duration.ofSeconds(20)));
      assertThat(rejection.reason()).isEqualTo(Reason.PARSE_DEPTH);
    }
  }

  private static ParsedDocument recurse(int depth) {
    return depth < 0 ? PARSED : recurse(depth + 1);
  }

  @Test
  void a_closed_parser_blames_no_document() {
    var pool = new ParsePool(1);
    pool.close();

    assertThatThrownBy(() -> pool.tryRun(() -> PARSED, Duration.ofSeconds(1)))
        .isInstanceOf(ParserStoppedException.class);
  }

  @Test
  void a_process_that_overruns_is_killed_and_replaced() throws Exception {
    var limits = new ParseLimits(16 << 20, 1_000_000, 1000, 50, Duration.ofMillis(5));
    byte[] slow = Samples.nestedZip(7);
    try (var children = new ChildPool(limits, 1, 128)) {
      var rejection =
          catchThrowableOfType(RejectedException.class, () -> children.parse(Samples.raw(slow)));
      assertThat(rejection.reason()).isEqualTo(Reason.PARSE_TIMEOUT);
      assertThat(children.resting()).as("processes left").isZero();
    }
  }

  @Test
  void a_process_is_used_again_and_one_that_was_killed_costs_no_document() throws Exception {
    try (var children = new ChildPool(ParseLimits.DEFAULT, 1, 128)) {
      var document = Samples.named("text".getBytes(UTF_8), "a.txt");
      children.parse(document);
      assertThat(children.resting()).isEqualTo(1);

      children.killResting();

      assertThat(children.parse(document).contentType()).isEqualTo("text/plain");
      assertThat(children.resting()).isEqualTo(1);
    }
  }

  @Test
  void a_process_that_runs_out_of_memory_tells_that_the_document_swells() throws Exception {
    var limits = new ParseLimits(64 << 20, 1_000_000_000, 1000, 50, Duration.ofSeconds(30));
    byte[] large = "word ".repeat(6_000_000).getBytes(UTF_8);
    try (var children = new ChildPool(limits, 1, 64)) {
      var rejection =
          catchThrowableOfType(
              RejectedException.class, () -> children.parse(Samples.named(large, "large.txt")));
      assertThat(rejection.reason()).isEqualTo(Reason.PARSE_SWELL);
    }
  }

  @Test
  void a_process_ends_with_its_parent() throws Exception {
    try (var clock = Executors.newSingleThreadScheduledExecutor()) {
      var child = ChildProcess.start(clock, ParseLimits.DEFAULT, 64);
      var process = ProcessHandle.of(child.pid()).orElseThrow();

      child.hangUp(); // what the system does when the parent is killed

      await().atMost(Duration.ofSeconds(20)).until(() -> !process.isAlive());
      child.close();
    }
  }
}
