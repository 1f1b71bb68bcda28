package dev.millrace.index;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.net.URI;
import java.util.Locale;
import org.apache.hc.client5.http.auth.AuthScope;
import org.apache.hc.client5.http.auth.UsernamePasswordCredentials;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.impl.auth.BasicCredentialsProvider;
import org.apache.hc.client5.http.impl.nio.PoolingAsyncClientConnectionManager;
import org.apache.hc.client5.http.impl.nio.PoolingAsyncClientConnectionManagerBuilder;
import org.apache.hc.client5.http.ssl.ClientTlsStrategyBuilder;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.util.Timeout;
import org.opensearch.client.json.jackson.JacksonJsonpMapper;
import org.opensearch.client.opensearch.OpenSearchClient;
import org.opensearch.client.transport.OpenSearchTransport;
import org.opensearch.client.transport.httpclient5.ApacheHttpClient5TransportBuilder;

/**
 * One pool of connections to OpenSearch with the clients that use it. Opening it does no network
 * work. Safe for several threads; its owner closes it.
 */
public final class OpenSearchConnection implements AutoCloseable {

  private static final int CONNECTIONS_A_HOST = 16;
  private static final int CONNECTIONS = 64;

  private final OpenSearchSettings settings;
  private final ObjectMapper json;
  private final OpenSearchTransport transport;
  private final OpenSearchClient client;

  private OpenSearchConnection(
      OpenSearchSettings settings, ObjectMapper json, OpenSearchTransport transport) {
    this.settings = settings;
    this.json = json;
    this.transport = transport;
    this.client = new OpenSearchClient(transport);
  }

  public static OpenSearchConnection open(OpenSearchSettings settings) {
    ObjectMapper json =
        JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
            .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER)
            .serializationInclusion(JsonInclude.Include.NON_NULL)
            .build();
    HttpHost[] hosts =
        settings.urls().stream().map(OpenSearchConnection::host).toArray(HttpHost[]::new);
    var builder =
        ApacheHttpClient5TransportBuilder.builder(hosts)
            .setMapper(new JacksonJsonpMapper(json))
            .setRequestConfigCallback(
                request ->
                    request
                        .setConnectionRequestTimeout(Timeout.of(settings.timeout()))
                        .setResponseTimeout(Timeout.of(settings.timeout())))
            .setHttpClientConfigCallback(
                http -> {
                  http.setConnectionManager(pool(settings));
                  if (settings.user().isPresent()) {
                    http.setDefaultCredentialsProvider(credentials(settings, hosts));
                  }
                  return http;
                });
    String path = settings.urls().getFirst().getPath();
    if (path != null && path.length() > 1) {
      builder.setPathPrefix(path);
    }
    return new OpenSearchConnection(settings, json, builder.build());
  }

  private static PoolingAsyncClientConnectionManager pool(OpenSearchSettings settings) {
    var pool =
        PoolingAsyncClientConnectionManagerBuilder.create()
            .setMaxConnPerRoute(CONNECTIONS_A_HOST)
            .setMaxConnTotal(CONNECTIONS)
            .setDefaultConnectionConfig(
                ConnectionConfig.custom()
                    .setConnectTimeout(Timeout.of(settings.connectTimeout()))
                    .build());
    if (settings.tls().isPresent()) {
      pool.setTlsStrategy(
          ClientTlsStrategyBuilder.create().setSslContext(settings.tls().get()).buildAsync());
    }
    return pool.build();
  }

  private static BasicCredentialsProvider credentials(
      OpenSearchSettings settings, HttpHost[] hosts) {
    var provider = new BasicCredentialsProvider();
    var credentials =
        new UsernamePasswordCredentials(
            settings.user().orElseThrow(), settings.password().orElseThrow().toCharArray());
    for (HttpHost host : hosts) {
      provider.setCredentials(new AuthScope(host), credentials);
    }
    return provider;
  }

  private static HttpHost host(URI url) {
    String scheme = url.getScheme().toLowerCase(Locale.ROOT);
    int port = url.getPort() >= 0 ? url.getPort() : "https".equals(scheme) ? 443 : 80;
    return new HttpHost(scheme, url.getHost(), port);
  }

  /** The typed client, for searches. */
  public OpenSearchClient client() {
    return client;
  }

  /** The JSON mapper of all records of this package. */
  public ObjectMapper json() {
    return json;
  }

  RestCalls calls() {
    return new RestCalls(client.generic(), json, address());
  }

  /** Where it is, for messages. */
  public String address() {
    return settings.urls().getFirst().toString();
  }

  /**
   * Returns the server's version.
   *
   * @throws dev.millrace.runtime.RetriableException when nobody answers, or not as OpenSearch does
   */
  public String version() {
    return calls().get("/").path("version").path("number").asText("?");
  }

  @Override
  public void close() {
    try {
      transport.close();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException("closing the connection to " + address(), e);
    }
  }
}
