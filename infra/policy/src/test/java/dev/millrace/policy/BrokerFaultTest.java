package dev.millrace.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.devstack.RunningServer;
import dev.millrace.devstack.ServerKind;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

@WithServers({ServerKind.KAFKA, ServerKind.REGISTRY})
class BrokerFaultTest {

  @Test
  void a_follower_survives_the_death_of_the_broker(Servers servers) throws Exception {
    RunningServer broker = servers.own(ServerKind.KAFKA);
    List<String> hashes = new CopyOnWriteArrayList<>();
    PolicyFollower.Listener listener =
        loaded -> {
          try (loaded) {
            hashes.add(loaded.weights().sha256());
          }
        };
    try (PolicyLog log = new PolicyLog(servers);
        DecoderWeights weights = Models.random(Models.TINY, 1);
        var follower =
            new PolicyFollower(log.context, TorchRuntime.cpu(), "p", "survivor", listener)) {
      follower.start();
      log.publish("p", 1, weights);
      await().atMost(PolicyLog.PATIENCE).until(() -> follower.adopted() == 1);

      broker.kill();
      broker.start(Duration.ofSeconds(60));
      weights.get("model.norm.weight").muli(2);
      try (var producer = log.producer()) {
        producer.beginTransaction();
        new PolicyPublisher(log.context)
            .publish(producer, PolicyLog.draft("p", 2, weights, WeightsType.FLOAT32));
        producer.commitTransaction();
      }

      await().atMost(PolicyLog.PATIENCE).until(() -> follower.adopted() == 2);
      assertThat(hashes.getLast()).isEqualTo(weights.sha256());
      assertThat(follower.health().isReady()).isTrue();
    }
  }
}
