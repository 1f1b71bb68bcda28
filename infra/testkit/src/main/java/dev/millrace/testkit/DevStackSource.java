package dev.millrace.testkit;

import dev.millrace.devstack.DevStack;
import dev.millrace.devstack.DevStackEndpoints;
import dev.millrace.devstack.DevStackOptions;
import dev.millrace.devstack.HttpEndpoint;
import dev.millrace.devstack.KafkaEndpoint;
import dev.millrace.devstack.RunningServer;
import dev.millrace.devstack.ServerKind;
import dev.millrace.devstack.StartupProgress;
import java.net.URI;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;

/** The development stack, with data of its own below {@code target/}; known servers are used. */
final class DevStackSource implements ServerSource {
  private static final String COUNTER = "millrace.test.stacks";

  private final KnownServers known;
  private final Map<ServerKind, DevStack> stackOf = new EnumMap<>(ServerKind.class);
  private final List<DevStack> stacks = new ArrayList<>();
  private TestFolder folder;

  DevStackSource(KnownServers known) {
    this.known = known;
  }

  @Override
  public void start(Set<ServerKind> kinds) throws InterruptedException {
    if (folder == null) {
      folder = TestFolder.create();
    }
    DevStackOptions options =
        DevStackOptions.in(folder.path().resolve("stack-" + nextNumber()))
            .withServers(kinds)
            .withOnDeath(death -> System.err.println(death.tail() + "\n" + death.sentence()));
    for (ServerKind kind : kinds) {
      options = withKnown(options, kind);
    }
    DevStack stack = DevStack.start(options, StartupProgress.SILENT);
    stacks.add(stack);
    kinds.forEach(kind -> stackOf.put(kind, stack));
  }

  /**
   * Counts the stacks of this JVM. A static field would not do: Quarkus gives its tests a class
   * loader of their own, in which this class is another one.
   */
  private static int nextNumber() {
    Properties shared = System.getProperties();
    synchronized (shared) {
      int number = Integer.getInteger(COUNTER, 0);
      shared.setProperty(COUNTER, String.valueOf(number + 1));
      return number;
    }
  }

  private DevStackOptions withKnown(DevStackOptions options, ServerKind kind) {
    String address = known.addresses().get(kind);
    if (address == null) {
      return options;
    }
    return switch (kind) {
      case KAFKA -> options.withExternalKafka(new KafkaEndpoint(address));
      case REGISTRY -> options.withExternalRegistry(new HttpEndpoint(URI.create(address)));
      case OPENSEARCH -> options.withExternalOpenSearch(new HttpEndpoint(URI.create(address)));
    };
  }

  @Override
  public String address(ServerKind kind) {
    DevStackEndpoints endpoints = stackOf.get(kind).endpoints();
    return switch (kind) {
      case KAFKA -> endpoints.kafkaBootstrap();
      case REGISTRY -> endpoints.registry().toString();
      case OPENSEARCH -> endpoints.openSearch().toString();
    };
  }

  @Override
  public Optional<RunningServer> own(ServerKind kind) {
    return known.addresses().containsKey(kind) || !stackOf.containsKey(kind)
        ? Optional.empty()
        : Optional.of(stackOf.get(kind).server(kind));
  }

  @Override
  public void close() {
    // Kafka's stack may have been started first; whatever writes to it stops before it.
    DevStack kafka = stackOf.get(ServerKind.KAFKA);
    stacks.stream().filter(stack -> stack != kafka).forEach(DevStack::close);
    if (kafka != null) {
      kafka.close();
    }
    if (folder != null) {
      folder.close();
    }
  }
}
