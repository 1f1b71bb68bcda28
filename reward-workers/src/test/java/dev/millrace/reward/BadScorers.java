package dev.millrace.reward;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/** HTTP scorers on loopback, each of which is bad in its way. */
final class BadScorers implements AutoCloseable {

  static final List<String> KINDS = List.of("hangs", "fails", "nonsense", "late");

  private static final String GOOD = "{\"scores\": [1]}";

  private final Map<String, AtomicInteger> calls = new ConcurrentHashMap<>();
  private final CountDownLatch end = new CountDownLatch(1);
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final HttpServer server;
  private final long late;

  /**
   * @param late milliseconds of the late one
   */
  BadScorers(long late) throws IOException {
    this.late = late;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    KINDS.forEach(kind -> server.createContext("/" + kind, exchange -> answer(kind, exchange)));
    server.start();
  }

  private void answer(String kind, HttpExchange exchange) throws IOException {
    calls.computeIfAbsent(kind, k -> new AtomicInteger()).incrementAndGet();
    exchange.getRequestBody().readAllBytes();
    switch (kind) {
      case "hangs" -> {
        sleep(60_000);
        exchange.close();
      }
      case "late" -> {
        sleep(late);
        reply(exchange, 200, GOOD);
      }
      case "fails" -> reply(exchange, 500, "oops");
      default -> reply(exchange, 200, "I would say <b>very good</b>");
    }
  }

  private void sleep(long millis) {
    try {
      end.await(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void reply(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  /**
   * A file with a profile for each, by the name of its kind.
   *
   * @param options of all of them, each with a comma before it
   */
  Path profiles(Path folder, String options) throws IOException {
    String profiles =
        KINDS.stream()
            .map(
                kind ->
                    "\"%s\": [{\"reward\": \"http\", \"url\": \"http://127.0.0.1:%d/%s\"%s}]"
                        .formatted(kind, server.getAddress().getPort(), kind, options))
            .collect(Collectors.joining(",\n", "{", "}"));
    return Files.writeString(folder.resolve("profiles.json"), profiles);
  }

  /** How often one was asked. */
  int calls(String kind) {
    return calls.getOrDefault(kind, new AtomicInteger()).get();
  }

  @Override
  public void close() {
    end.countDown();
    server.stop(0);
    threads.shutdownNow();
  }
}
