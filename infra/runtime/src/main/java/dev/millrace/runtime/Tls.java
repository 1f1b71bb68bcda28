package dev.millrace.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** The servers that an HTTP client trusts, from a trust store file (PKCS12 or JKS). */
public final class Tls {

  private Tls() {}

  /**
   * Reads {@code <prefix>truststore} and {@code <prefix>truststore-password}.
   *
   * @return empty when no trust store is set: then the JDK's own is used
   * @throws SettingsException when the file cannot be read as a trust store
   */
  public static Optional<SSLContext> context(Settings settings, String prefix) {
    return settings
        .optional(prefix + "truststore")
        .map(
            file -> load(prefix, Path.of(file), settings.text(prefix + "truststore-password", "")));
  }

  private static SSLContext load(String prefix, Path file, String password) {
    if (!Files.isReadable(file)) {
      throw new SettingsException(prefix + "truststore names " + file + ", which cannot be read");
    }
    try {
      var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(KeyStore.getInstance(file.toFile(), password.toCharArray()));
      var context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new SettingsException(
          prefix + "truststore " + file + " cannot be opened: " + e.getMessage());
    }
  }
}
