package dev.millrace.models.hub;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A hub on this machine, with the addresses and headers of the real one: weights are redirected to
 * a second host name with their hash on the redirect, small files are answered at once.
 */
final class FakeHub implements AutoCloseable {

  static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

  final Map<String, byte[]> files = new TreeMap<>();
  final List<String> requests = Collections.synchronizedList(new ArrayList<>());

  /** Answers of this many further requests for a file are broken off half way. */
  final AtomicInteger breakOff = new AtomicInteger();

  /** This many further requests for a file are answered with 503. */
  final AtomicInteger unavailable = new AtomicInteger();

  /** This many further requests for a file are answered with a changed byte. */
  final AtomicInteger corrupt = new AtomicInteger();

  /** Answers of this many further requests for a file fall silent half way, connection open. */
  final AtomicInteger stall = new AtomicInteger();

  private final CountDownLatch closed = new CountDownLatch(1);

  volatile boolean ignoresRange;
  volatile String requiredToken;

  private final HttpServer server;
  private final ExecutorService threads = Executors.newFixedThreadPool(2);

  FakeHub() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  URI base() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      String range = exchange.getRequestHeaders().getFirst("Range");
      String token = exchange.getRequestHeaders().getFirst("Authorization");
      requests.add(path + (range == null ? "" : " " + range) + (token == null ? "" : " " + token));
      String expected = requiredToken == null ? null : "Bearer " + requiredToken;
      if (expected != null && !path.startsWith("/cdn/") && !expected.equals(token)) {
        exchange.sendResponseHeaders(401, -1);
      } else if (path.equals("/api/models/org/name/revision/main")) {
        list(exchange);
      } else if (path.startsWith("/org/name/resolve/" + COMMIT + "/")) {
        resolve(exchange, path.substring(("/org/name/resolve/" + COMMIT + "/").length()));
      } else if (path.startsWith("/cdn/")) {
        send(exchange, files.get(path.substring(5)), range);
      } else {
        exchange.sendResponseHeaders(404, -1);
      }
    }
  }

  private void list(HttpExchange exchange) throws IOException {
    StringBuilder json = new StringBuilder("{\"sha\":\"" + COMMIT + "\",\"siblings\":[");
    files.forEach(
        (name, content) -> {
          json.append("{\"rfilename\":\"").append(name).append("\",\"size\":");
          json.append(content.length);
          if (name.endsWith(".safetensors")) {
            json.append(",\"lfs\":{\"sha256\":\"").append(sha256(content)).append("\"}");
          }
          json.append("},");
        });
    json.append("{\"rfilename\":\"README.md\"},{\"rfilename\":\"onnx/model.onnx\"}]}");
    byte[] body = json.toString().getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(200, body.length);
    exchange.getResponseBody().write(body);
  }

  private void resolve(HttpExchange exchange, String name) throws IOException {
    byte[] content = files.get(name);
    if (content == null) {
      exchange.sendResponseHeaders(404, -1);
    } else if (name.endsWith(".safetensors")) {
      exchange.getResponseHeaders().add("X-Linked-Etag", "\"" + sha256(content) + "\"");
      exchange.getResponseHeaders().add("X-Linked-Size", "" + content.length);
      exchange
          .getResponseHeaders()
          .add("Location", "http://localhost:" + server.getAddress().getPort() + "/cdn/" + name);
      exchange.sendResponseHeaders(302, -1);
    } else {
      exchange.getResponseHeaders().add("ETag", "\"0123456789abcdef0123456789abcdef01234567\"");
      send(exchange, content, exchange.getRequestHeaders().getFirst("Range"));
    }
  }

  private void send(HttpExchange exchange, byte[] content, String range) throws IOException {
    if (unavailable.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
      exchange.getResponseHeaders().add("Retry-After", "0");
      exchange.sendResponseHeaders(503, -1);
      return;
    }
    int from =
        range == null || ignoresRange
            ? 0
            : Integer.parseInt(range.substring(6, range.length() - 1));
    if (from >= content.length) {
      exchange.sendResponseHeaders(416, -1);
      return;
    }
    byte[] rest = Arrays.copyOfRange(content, from, content.length);
    if (corrupt.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
      rest[rest.length - 1] ^= 1;
    }
    if (from > 0) {
      exchange
          .getResponseHeaders()
          .add(
              "Content-Range", "bytes " + from + "-" + (content.length - 1) + "/" + content.length);
    }
    exchange.sendResponseHeaders(from > 0 ? 206 : 200, rest.length);
    boolean broken = breakOff.getAndUpdate(n -> Math.max(0, n - 1)) > 0;
    boolean stalled = stall.getAndUpdate(n -> Math.max(0, n - 1)) > 0;
    exchange.getResponseBody().write(rest, 0, broken || stalled ? rest.length / 2 : rest.length);
    exchange.getResponseBody().flush();
    if (stalled) {
      try {
        closed.await(20, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  static String sha256(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    closed.countDown();
    server.stop(0);
    threads.shutdownNow();
  }
}
