package dev.millrace.devstack;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;

/** One OpenSearch node with k-NN and neural search. */
record OpenSearchServer(ServerHome home, Path data, int port, int transportPort)
    implements ServerDefinition {

  @Override
  public ChildSpec prepare() {
    Path distribution = home.openSearchDistribution();
    Path config = home.openSearchConfig();
    Path folder = data.resolve("opensearch");
    return ServerDefinition.spec(
        ServerKind.OPENSEARCH,
        home,
        data,
        "dev.millrace.devstack.opensearch.OpenSearchMain",
        home.openSearchClassPath(),
        List.of(
            "-Xms256m",
            "-Xmx512m",
            "-XX:+UseSerialGC",
            "-XX:+ExitOnOutOfMemoryError",
            "--add-modules=jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED",
            "-Dlog4j2.disable.jmx=true",
            "-Dlog4j2.formatMsgNoLookups=true",
            "-Djava.awt.headless=true",
            "-Dfile.encoding=UTF-8",
            "-Dorg.apache.lucene.store.MMapDirectory.sharedArenaMaxPermits=1",
            "-Dopensearch.path.home=" + distribution,
            "-Dopensearch.path.conf=" + config),
        List.of(
            config.toString(),
            "path.home=" + distribution,
            "path.data=" + folder,
            "path.logs=" + data.resolve("logs"),
            "cluster.name=millrace",
            "node.name=millrace",
            "discovery.type=single-node",
            "network.host=127.0.0.1",
            "http.port=" + port,
            "transport.port=" + transportPort,
            "action.auto_create_index=false",
            // A developer's disk is often 90 % full; OpenSearch would then make indices read-only.
            "cluster.routing.allocation.disk.threshold_enabled=false"));
  }

  @Override
  public ReadyProbe probe() {
    return HttpProbe.openSearch(new HttpEndpoint(uri()));
  }

  URI uri() {
    return URI.create("http://127.0.0.1:" + port);
  }

  @Override
  public String address() {
    return uri().toString();
  }
}
