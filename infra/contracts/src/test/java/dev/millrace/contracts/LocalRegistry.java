package dev.millrace.contracts;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.millrace.contracts.registry.RegistrySettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The part of the registry's protocol that the serde speaks, over real HTTP, with faults to order.
 */
final class LocalRegistry implements AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();

  final AtomicInteger requests = new AtomicInteger();
  final AtomicInteger failures = new AtomicInteger();
  private final List<String> schemas = new ArrayList<>();
  private final HttpServer server;
  private String authorization = "";

  LocalRegistry() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
  }

  URI url() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  RegistrySettings settings(Duration deadline) {
    return new RegistrySettings(
        List.of(url()),
        Optional.of("reader"),
        Optional.of("secret"),
        Optional.empty(),
        Duration.ofSeconds(2),
        deadline,
        true);
  }

  String lastAuthorization() {
    return authorization;
  }

  private synchronized void answer(HttpExchange exchange) throws IOException {
    requests.incrementAndGet();
    authorization = exchange.getRequestHeaders().getFirst("Authorization");
    String path = exchange.getRequestURI().getPath();
    if (failures.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
      reply(exchange, 503, Map.of("message", "starting"));
    } else if (path.startsWith("/schemas/ids/")) {
      int id = Integer.parseInt(path.substring("/schemas/ids/".length()));
      if (id < 1 || id > schemas.size()) {
        reply(exchange, 404, Map.of("error_code", 40403, "message", "Schema not found"));
      } else {
        reply(exchange, 200, Map.of("schema", schemas.get(id - 1)));
      }
    } else {
      String schema = JSON.readTree(exchange.getRequestBody()).get("schema").asText();
      if (!schemas.contains(schema)) {
        schemas.add(schema);
      }
      reply(exchange, 200, Map.of("id", schemas.indexOf(schema) + 1));
    }
  }

  private static void reply(HttpExchange exchange, int status, Object body) throws IOException {
    byte[] bytes = JSON.writeValueAsString(body).getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length);
    try (var out = exchange.getResponseBody()) {
      out.write(bytes);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
