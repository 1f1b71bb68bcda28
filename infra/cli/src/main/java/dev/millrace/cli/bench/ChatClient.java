package dev.millrace.cli.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.cli.Api;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Asks the chat endpoint as a streaming client does, and takes the time of each part. */
final class ChatClient {

  private static final int TOO_MANY = 429;

  /**
   * How one request went.
   *
   * @param refused whether it was told to come back later; times are those of the refusal then
   * @param firstByte milliseconds until the first text of the answer
   * @param whole milliseconds until its end
   * @param tokens of the answer, as the server counts them
   */
  record Asked(boolean refused, double firstByte, double whole, long tokens) {}

  private final Api api;
  private final String model;
  private final int maxTokens;

  ChatClient(Api api, String model, int maxTokens) {
    this.api = api;
    this.model = model;
    this.maxTokens = maxTokens;
  }

  Asked ask(String question) {
    ObjectNode body =
        Api.JSON
            .createObjectNode()
            .put("model", model)
            .put("stream", true)
            .put("max_tokens", maxTokens);
    body.putObject("stream_options").put("include_usage", true);
    body.putArray("messages").addObject().put("role", "user").put("content", question);
    long began = System.nanoTime();
    double first = 0;
    long tokens = 0;
    try (InputStream in = api.stream("/v1/chat/completions", body);
        var lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (!line.startsWith("data: {")) {
          continue;
        }
        JsonNode chunk = Api.JSON.readTree(line.substring("data: ".length()));
        if (chunk.has("error")) {
          throw new IOException("the answer broke off: " + chunk.get("error"));
        }
        boolean text = !chunk.at("/choices/0/delta/content").asText("").isEmpty();
        first = first == 0 && text ? millis(began) : first;
        tokens = chunk.at("/usage/completion_tokens").asLong(tokens);
      }
    } catch (Api.ApiFailure e) {
      if (e.status() == TOO_MANY) {
        return new Asked(true, millis(began), millis(began), 0);
      }
      throw e;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    double whole = millis(began);
    return new Asked(false, first == 0 ? whole : first, whole, tokens);
  }

  private static double millis(long since) {
    return (System.nanoTime() - since) / 1e6;
  }
}
