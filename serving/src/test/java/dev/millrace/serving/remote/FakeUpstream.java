package dev.millrace.serving.remote;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.millrace.runtime.Settings;
import dev.millrace.serving.chat.ChatBackend;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A server that speaks OpenAI's protocol and says what a test wants it to say. */
public final class FakeUpstream implements AutoCloseable {

  public static final String KEY = "sk-upstream-0815";

  /** What it does with a request. */
  @FunctionalInterface
  public interface Reply {
    void to(HttpExchange exchange) throws IOException;
  }

  private static final ObjectMapper JSON = new ObjectMapper();

  public final List<JsonNode> asked = new CopyOnWriteArrayList<>();
  public final List<String> keys = new CopyOnWriteArrayList<>();

  /** Let down when a reader has gone while it was still being written to. */
  public final CountDownLatch readerGone = new CountDownLatch(1);

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final HttpServer server;
  private volatile Reply reply = exchange -> reply(exchange, 200, "{}");

  public FakeUpstream() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    server.setExecutor(threads);
    server.createContext("/v1/models", exchange -> reply(exchange, 200, "{\"data\":[]}"));
    server.createContext(
        "/v1/chat/completions",
        exchange -> {
          asked.add(JSON.readTree(exchange.getRequestBody().readAllBytes()));
          keys.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
          reply.to(exchange);
        });
    server.start();
  }

  public void reply(Reply next) {
    reply = next;
  }

  /** A backend over it. */
  public ChatBackend backend() {
    Map<String, String> settings = new HashMap<>();
    settings.put(
        "millrace.serving.remote.url",
        "http://127.0.0.1:" + server.getAddress().getPort() + "/v1/");
    settings.put("millrace.serving.remote.model", "upstream-model");
    settings.put("millrace.serving.remote.api-key", KEY);
    return new RemoteBackend(RemoteSettings.from(Settings.of(settings)).orElseThrow());
  }

  public static void reply(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().add("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, bytes.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(bytes);
    }
  }

  /** A reply of these events; none is the end, unless it is among them. */
  public static Reply events(String... events) {
    return exchange -> {
      exchange.getResponseHeaders().add("Content-Type", "text/event-stream");
      exchange.sendResponseHeaders(200, 0);
      try (OutputStream out = exchange.getResponseBody()) {
        out.write(": a comment\r\n\r\n".getBytes(StandardCharsets.UTF_8));
        for (String event : events) {
          out.write(("data: " + event + "\n\n").getBytes(StandardCharsets.UTF_8));
          out.flush();
        }
      }
    };
  }

  /** A stream without an end. */
  public Reply endless() {
    return exchange -> {
      exchange.getResponseHeaders().add("Content-Type", "text/event-stream");
      exchange.sendResponseHeaders(200, 0);
      try (OutputStream out = exchange.getResponseBody()) {
        byte[] event =
            ("data: " + chunk("{\"content\":\"more \"}", null) + "\n\n")
                .getBytes(StandardCharsets.UTF_8);
        while (true) {
          out.write(event);
          out.flush();
        }
      } catch (IOException e) {
        readerGone.countDown();
        throw e;
      }
    };
  }

  public static String chunk(String delta, String finish) {
    return ("{\"id\":\"x\",\"object\":\"chat.completion.chunk\",\"created\":1,"
            + "\"model\":\"upstream-model-0613\",\"choices\":[{\"index\":0,\"delta\":%s,"
            + "\"finish_reason\":%s}]}")
        .formatted(delta, finish == null ? "null" : "\"" + finish + "\"");
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
