package dev.millrace.models.hub;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * An answer, redirects followed.
 *
 * @param connection the last one, whose body is not read yet
 * @param sha256 hash told by any hop ({@code X-Linked-Etag}, {@code ETag})
 * @param linkedSize size told by a hop that redirected ({@code X-Linked-Size})
 */
record HubResponse(
    HttpURLConnection connection, int status, Optional<String> sha256, OptionalLong linkedSize)
    implements AutoCloseable {

  InputStream body() throws IOException {
    return connection.getInputStream();
  }

  /** Size of the whole file, also if this is only its end. */
  OptionalLong fullSize() {
    if (linkedSize.isPresent()) {
      return linkedSize;
    }
    if (status == HttpURLConnection.HTTP_PARTIAL) {
      String range = String.valueOf(connection.getHeaderField("Content-Range"));
      String total = range.substring(range.lastIndexOf('/') + 1);
      return total.matches("\\d{1,18}")
          ? OptionalLong.of(Long.parseLong(total))
          : OptionalLong.empty();
    }
    long length = connection.getContentLengthLong();
    return length >= 0 ? OptionalLong.of(length) : OptionalLong.empty();
  }

  /** First byte of a partial answer; 0 of a whole one, -1 if it does not say. */
  long firstByte() {
    if (status != HttpURLConnection.HTTP_PARTIAL) {
      return 0;
    }
    String range = String.valueOf(connection.getHeaderField("Content-Range"));
    return range.matches("bytes \\d{1,18}-.*")
        ? Long.parseLong(range.substring(6, range.indexOf('-')))
        : -1;
  }

  /** How long the server asks us to wait. */
  Optional<Duration> retryAfter() {
    String value = String.valueOf(connection.getHeaderField("Retry-After"));
    return value.matches("\\d{1,6}")
        ? Optional.of(Duration.ofSeconds(Long.parseLong(value)))
        : Optional.empty();
  }

  @Override
  public void close() {
    connection.disconnect();
  }
}
