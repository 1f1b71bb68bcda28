package dev.millrace.devstack;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;

/** Apicurio Registry with its Confluent-compatible API; its data is an H2 database in a file. */
record RegistryServer(ServerHome home, Path data, int port, int managementPort)
    implements ServerDefinition {
  static final String API_PATH = "/apis/ccompat/v7";

  @Override
  public ChildSpec prepare() {
    // WRITE_DELAY=0: H2 otherwise acknowledges commits half a second before it writes them, and a
    // kill -9 would take back a schema id that records already carry.
    String database =
        "jdbc:h2:file:" + data.resolve("registry").resolve("schemas") + ";WRITE_DELAY=0";
    return ServerDefinition.spec(
        ServerKind.REGISTRY,
        home,
        data,
        "io.quarkus.runner.GeneratedMain",
        home.registryClassPath(),
        List.of(
            "-Xms48m",
            "-Xmx192m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "--add-opens=java.base/java.lang=ALL-UNNAMED",
            "--enable-native-access=ALL-UNNAMED",
            "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
            "-Dquarkus.http.host=127.0.0.1",
            "-Dquarkus.http.port=" + port,
            "-Dquarkus.management.host=127.0.0.1",
            "-Dquarkus.management.port=" + managementPort,
            "-Dquarkus.http.access-log.enabled=false",
            "-Dquarkus.log.category.\"io.apicurio\".level=WARN",
            "-Dapicurio.storage.kind=sql",
            "-Dapicurio.storage.sql.kind=h2",
            "-Dapicurio.datasource.url=" + database,
            "-Dapicurio.datasource.jdbc.initial-size=2",
            "-Dapicurio.datasource.jdbc.min-size=2",
            "-Dapicurio.datasource.jdbc.max-size=10"),
        List.of());
  }

  @Override
  public ReadyProbe probe() {
    return HttpProbe.registry(new HttpEndpoint(uri()));
  }

  URI uri() {
    return URI.create("http://127.0.0.1:" + port + API_PATH);
  }

  @Override
  public String address() {
    return uri().toString();
  }
}
