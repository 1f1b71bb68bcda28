package dev.millrace.serving.http;

import static dev.millrace.serving.remote.FakeUpstream.chunk;

import dev.millrace.serving.TinyModels;
import dev.millrace.serving.chat.Admission;
import dev.millrace.serving.generate.LocalBackends;
import dev.millrace.serving.remote.FakeUpstream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/**
 * A server with a small model of one slot and a remote one that breaks off, for real clients: the
 * slot is theirs alone, so one request at work fills it.
 */
abstract class ClientTestBase extends HttpTestBase {

  /** An answer that the model cannot end before it has taken its time. */
  static final String ENDLESS = "{\"type\":\"string\",\"minLength\":5000}";

  static final int ENDLESS_TOKENS = 7_000;

  @TempDir static Path folder;

  FakeUpstream upstream;

  @BeforeAll
  static void model() {
    TinyModels.write(folder.resolve("tiny"), TinyModels.chatTokenizer(), 7);
  }

  @BeforeEach
  void start() {
    upstream = new FakeUpstream();
    FakeUpstream.Reply breaks =
        FakeUpstream.events(
            chunk("{\"role\":\"assistant\",\"content\":\"It \"}", null),
            chunk("{\"content\":\"waits\"}", null),
            "{\"error\":{\"message\":\"out of memory\"}}");
    upstream.reply(
        exchange -> {
          boolean tools = upstream.asked.getLast().has("tools");
          (tools ? callsTool() : breaks).to(exchange);
        });
    backends.add(upstream.backend());
    Map<String, String> settings =
        new TreeMap<>(
            Map.of(
                "millrace.serving.generate.context", "8192",
                "millrace.serving.generate.slots", "1",
                "millrace.serving.generate.waiting", "0"));
    backends.add(LocalBackends.local(folder.resolve("tiny"), settings));
    serve(settings);
    Awaitility.await()
        .atMost(Duration.ofMinutes(1)) // libtorch is unpacked once a machine
        .until(() -> holder.serving().backends().named("local").availability().ready());
  }

  /** A call of a tool in fragments, as OpenAI streams them. */
  static FakeUpstream.Reply callsTool() {
    return FakeUpstream.events(
        chunk(
            "{\"role\":\"assistant\",\"tool_calls\":[{\"index\":0,\"id\":\"call_1\","
                + "\"type\":\"function\",\"function\":{\"name\":\"add\",\"arguments\":\"{\\\"a\\\"\"}}]}",
            null),
        chunk("{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\":1}\"}}]}", null),
        chunk("{}", "tool_calls"),
        "[DONE]");
  }

  @AfterEach
  void end() {
    upstream.close();
  }

  void awaitFreeSlot() {
    Admission queue = holder.serving().backends().named("local").admission().orElseThrow();
    Awaitility.await().until(() -> queue.atWork() == 0);
  }
}
