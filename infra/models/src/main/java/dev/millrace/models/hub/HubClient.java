package dev.millrace.models.hub;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One request, with redirects. {@link HttpURLConnection} and not the newer client: it alone has a
 * deadline for every single read of a body, which is what a stalled download of hours needs.
 */
final class HubClient {

  private static final int MAX_REDIRECTS = 8;

  private final HubSettings settings;

  HubClient(HubSettings settings) {
    this.settings = settings;
  }

  /**
   * @param path with a leading {@code /}, below the hub's base
   * @param from first byte wanted
   */
  HubResponse get(String path, long from) throws IOException {
    URI uri = URI.create(settings.base().toString().replaceFirst("/+$", "") + path);
    Optional<String> sha256 = Optional.empty();
    OptionalLong size = OptionalLong.empty();
    for (int hop = 0; hop <= MAX_REDIRECTS; hop++) {
      HttpURLConnection connection = connect(uri, from);
      int status = connection.getResponseCode();
      sha256 = sha256.or(() -> HubFile.sha256(connection.getHeaderField("X-Linked-Etag")));
      sha256 = sha256.or(() -> HubFile.sha256(connection.getHeaderField("ETag")));
      if (size.isEmpty() && connection.getHeaderFieldLong("X-Linked-Size", -1) >= 0) {
        size = OptionalLong.of(connection.getHeaderFieldLong("X-Linked-Size", -1));
      }
      String location = connection.getHeaderField("Location");
      if (status < 300 || status >= 400 || location == null) {
        return new HubResponse(connection, status, sha256, size);
      }
      connection.disconnect();
      uri = redirected(uri, location);
    }
    throw new IOException("more than " + MAX_REDIRECTS + " redirects");
  }

  private static URI redirected(URI from, String location) throws IOException {
    URI to;
    try {
      to = from.resolve(location);
    } catch (IllegalArgumentException e) {
      throw new IOException("redirect to the malformed address " + location, e);
    }
    boolean downgrade = "https".equals(from.getScheme()) && !"https".equals(to.getScheme());
    if (downgrade || !to.getScheme().startsWith("http")) {
      throw new IOException("refused to follow a redirect to " + to.getScheme() + "://");
    }
    return to;
  }

  private HttpURLConnection connect(URI uri, long from) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
    connection.setInstanceFollowRedirects(false);
    connection.setConnectTimeout(Math.toIntExact(settings.timeout().toMillis()));
    connection.setReadTimeout(Math.toIntExact(settings.timeout().toMillis()));
    connection.setRequestProperty("User-Agent", "millrace");
    // A compressed body would have another length and hash than the file.
    connection.setRequestProperty("Accept-Encoding", "identity");
    if (from > 0) {
      connection.setRequestProperty("Range", "bytes=" + from + "-");
    }
    if (uri.getAuthority().equals(settings.base().getAuthority())) {
      settings
          .token()
          .ifPresent(token -> connection.setRequestProperty("Authorization", "Bearer " + token));
    }
    return connection;
  }
}
