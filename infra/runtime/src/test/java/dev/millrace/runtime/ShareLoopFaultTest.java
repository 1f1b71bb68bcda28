package dev.millrace.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.devstack.ServerKind;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

@WithServers(ServerKind.KAFKA)
class ShareLoopFaultTest {

  private static final Duration PATIENCE = Duration.ofSeconds(90);

  @Test
  void broker_that_is_killed_and_comes_back_costs_no_record(Servers servers) throws Exception {
    var broker = servers.own(ServerKind.KAFKA);
    Queue<String> done = new ConcurrentLinkedQueue<>();
    try (var shared = new ShareTopic(servers)) {
      List<String> all = IntStream.range(0, 40).mapToObj(i -> "r" + i).toList();
      var begun = new CountDownLatch(8);
      var goOn = new CountDownLatch(1);
      var loop =
          shared.start(
              2,
              4,
              delivery -> {
                begun.countDown();
                goOn.await();
                done.add(delivery.value());
              });
      shared.push(all.toArray(String[]::new));
      await().atMost(PATIENCE).until(() -> begun.getCount() == 0);
      broker.kill();
      goOn.countDown(); // verdicts come while nobody listens
      broker.start(Duration.ofSeconds(60));
      await().atMost(PATIENCE).until(() -> done.containsAll(all));
      assertThat(shared.deadLetters()).isEmpty();
      await().atMost(PATIENCE).until(() -> loop.health().isReady());
      assertThat(loop.drain(Duration.ofSeconds(30))).isTrue();
    }
  }
}
