package dev.millrace.devstack;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;

/** One Kafka node, broker and controller, with settings for one machine and small data. */
record KafkaServer(ServerHome home, Path data, int port, int controllerPort)
    implements ServerDefinition {
  private static final int MAX_RECORD_BYTES = 8 << 20;

  @Override
  public ChildSpec prepare() {
    Path folder = data.resolve("kafka");
    Path file = folder.resolve("server.properties");
    try {
      Files.createDirectories(folder);
      try (OutputStream out = Files.newOutputStream(file)) {
        settings(folder.resolve("log")).store(out, "Written at each start");
      }
    } catch (IOException e) {
      throw new DevStackException("cannot write " + file + ": " + FolderProblem.explain(e), e);
    }
    return ServerDefinition.spec(
        ServerKind.KAFKA,
        home,
        data,
        "dev.millrace.devstack.kafka.KafkaMain",
        home.kafkaClassPath(),
        List.of("-Xms96m", "-Xmx320m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
        List.of(file.toString()));
  }

  private Properties settings(Path log) {
    Properties p = new Properties();
    p.setProperty("process.roles", "broker,controller");
    p.setProperty("node.id", "1");
    p.setProperty("controller.quorum.voters", "1@127.0.0.1:" + controllerPort);
    p.setProperty(
        "listeners", "PLAINTEXT://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controllerPort);
    p.setProperty("advertised.listeners", "PLAINTEXT://127.0.0.1:" + port);
    p.setProperty("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
    p.setProperty("inter.broker.listener.name", "PLAINTEXT");
    p.setProperty("controller.listener.names", "CONTROLLER");
    p.setProperty("log.dirs", log.toString());
    p.setProperty("auto.create.topics.enable", "false");
    oneNode(p);
    largeRecords(p);
    quickRestarts(p);
    smallMachine(p);
    return p;
  }

  private static void oneNode(Properties p) {
    p.setProperty("default.replication.factor", "1");
    p.setProperty("min.insync.replicas", "1");
    for (String topic :
        List.of("offsets.topic", "transaction.state.log", "share.coordinator.state.topic")) {
      p.setProperty(topic + ".replication.factor", "1");
      p.setProperty(topic + ".num.partitions", "1");
    }
    p.setProperty("transaction.state.log.min.isr", "1");
    p.setProperty("share.coordinator.state.topic.min.isr", "1");
  }

  private static void largeRecords(Properties p) {
    p.setProperty("message.max.bytes", Integer.toString(MAX_RECORD_BYTES));
    p.setProperty("replica.fetch.max.bytes", Integer.toString(MAX_RECORD_BYTES + (64 << 10)));
    // A learner's step may hold its transaction open for long.
    p.setProperty("transaction.max.timeout.ms", Integer.toString(60 * 60 * 1000));
  }

  private static void quickRestarts(Properties p) {
    // After kill -9 a new incarnation may register only once the old session has expired.
    p.setProperty("broker.session.timeout.ms", "2000");
    p.setProperty("broker.heartbeat.interval.ms", "500");
    p.setProperty("group.initial.rebalance.delay.ms", "0");
    // Let workers ask for short sessions, so that the death of one is seen within seconds.
    p.setProperty("group.min.session.timeout.ms", "2000");
    p.setProperty("group.consumer.min.session.timeout.ms", "2000");
    p.setProperty("group.consumer.min.heartbeat.interval.ms", "500");
    p.setProperty("group.share.min.session.timeout.ms", "2000");
    p.setProperty("group.share.min.heartbeat.interval.ms", "500");
    p.setProperty("group.share.min.record.lock.duration.ms", "1000");
  }

  private static void smallMachine(Properties p) {
    p.setProperty("num.network.threads", "2");
    p.setProperty("num.io.threads", "4");
    p.setProperty("background.threads", "2");
    p.setProperty("log.cleaner.dedupe.buffer.size", Integer.toString(8 << 20));
    p.setProperty("log.index.size.max.bytes", Integer.toString(1 << 20));
  }

  @Override
  public ReadyProbe probe() {
    return new KafkaProbe(new KafkaEndpoint(address()));
  }

  @Override
  public String address() {
    return "127.0.0.1:" + port;
  }
}
