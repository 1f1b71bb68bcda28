package dev.millrace.app.prompts;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.millrace.ingest.IngestException;
import dev.millrace.ingest.source.Lines;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Cuts a request's body into the JSON of its prompts. */
final class PromptBody {

  /**
   * One prompt's JSON.
   *
   * @param name what it is called in an error, such as {@code line 3}
   */
  record Part(String name, byte[] bytes, int offset, int length) {}

  private static final JsonFactory JSON =
      JsonFactory.builder().disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION).build();

  private PromptBody() {}

  /** True when the body is a JSON array. */
  static boolean isArray(byte[] body) {
    for (byte b : body) {
      if (b < 0 || b > ' ') {
        return b == '[';
      }
    }
    return false;
  }

  /**
   * The elements of a JSON array, as they stand in the body.
   *
   * @throws IngestException.Invalid when it is not JSON, or holds something that is no object
   */
  static List<Part> elements(byte[] body) {
    List<Part> parts = new ArrayList<>();
    try (JsonParser parser = JSON.createParser(body)) {
      parser.nextToken();
      for (JsonToken token = parser.nextToken();
          token != JsonToken.END_ARRAY;
          token = parser.nextToken()) {
        String name = "element " + parts.size();
        if (token != JsonToken.START_OBJECT) {
          throw new IngestException.Invalid(name + ": not a JSON object");
        }
        int start = Math.toIntExact(parser.currentTokenLocation().getByteOffset());
        parser.skipChildren();
        int end = Math.toIntExact(parser.currentLocation().getByteOffset());
        parts.add(new Part(name, body, start, end - start));
      }
      if (parser.nextToken() != null) {
        throw new IngestException.Invalid("something follows the array");
      }
      return parts;
    } catch (JsonProcessingException e) {
      String message = e.getOriginalMessage().lines().findFirst().orElse("unreadable");
      throw new IngestException.Invalid("not JSON: " + message);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The lines that are not blank. */
  static List<Part> lines(byte[] body) {
    List<Part> parts = new ArrayList<>();
    var lines = new Lines(new ByteArrayInputStream(body), body.length);
    int start = 0;
    int number = 0;
    try {
      while (lines.next()) {
        number++;
        if (!new String(body, start, lines.length(), StandardCharsets.UTF_8).isBlank()) {
          parts.add(new Part("line " + number, body, start, lines.length()));
        }
        start += Math.toIntExact(lines.consumed());
      }
      return parts;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
