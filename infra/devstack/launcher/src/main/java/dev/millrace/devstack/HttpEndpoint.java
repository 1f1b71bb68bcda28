package dev.millrace.devstack;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Objects;
import java.util.Optional;

/**
 * A server that speaks HTTP and how to talk to it.
 *
 * @param uri base URI, {@code http} or {@code https}, without a slash at its end
 * @param credentials user and password for basic authentication
 * @param truststore certificates to trust instead of the JDK's
 */
public record HttpEndpoint(
    URI uri, Optional<Credentials> credentials, Optional<Truststore> truststore) {

  public HttpEndpoint {
    Objects.requireNonNull(uri, "uri");
    String scheme = uri.getScheme();
    if (uri.getHost() == null || !("http".equals(scheme) || "https".equals(scheme))) {
      throw new IllegalArgumentException(
          "not an HTTP address: '" + uri + "'; give http://host:port");
    }
    if (uri.toString().endsWith("/")) {
      uri = URI.create(uri.toString().replaceAll("/+$", ""));
    }
  }

  public HttpEndpoint(URI uri) {
    this(uri, Optional.empty(), Optional.empty());
  }

  /** User and password for basic authentication. */
  public record Credentials(String user, String password) {
    public Credentials {
      Objects.requireNonNull(user, "user");
      Objects.requireNonNull(password, "password");
    }

    /** The value of the {@code Authorization} header. */
    public String header() {
      byte[] pair = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
      return "Basic " + Base64.getEncoder().encodeToString(pair);
    }

    @Override
    public String toString() {
      return "Credentials[" + user + ", ***]";
    }
  }

  /** A key store file with trusted certificates, PKCS12 or JKS. */
  public record Truststore(Path file, String password) {
    public Truststore {
      Objects.requireNonNull(file, "file");
      Objects.requireNonNull(password, "password");
    }

    @Override
    public String toString() {
      return "Truststore[" + file + ", ***]";
    }
  }
}
