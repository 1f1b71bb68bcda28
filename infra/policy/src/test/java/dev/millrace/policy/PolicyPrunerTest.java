package dev.millrace.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.contracts.avro.PolicyVersion;
import dev.millrace.devstack.ServerKind;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@WithServers({ServerKind.KAFKA, ServerKind.REGISTRY})
class PolicyPrunerTest {

  private PolicyLog log;
  private PolicyPruner pruner;
  private DecoderWeights weights;

  @BeforeEach
  void open(Servers servers) {
    log =
        new PolicyLog(
            servers, Map.of("millrace.policy.keep", "2", "millrace.policy.pinned", "q/1, p/77"));
    pruner = new PolicyPruner(log.context);
    weights = Models.random(Models.TINY, 1);
  }

  @AfterEach
  void close() {
    pruner.close();
    weights.close();
    log.close();
  }

  private List<Long> listed(String policy) {
    return new PolicyVersions(log.context)
        .of(policy).stream().map(PolicyVersion::getVersion).toList();
  }

  @Test
  void old_versions_leave_and_the_others_can_still_be_loaded() {
    for (int version = 1; version <= 6; version++) {
      log.publish("p", version, weights);
    }
    PolicyVersion fourth = new PolicyVersions(log.context).find("p", 4).orElseThrow();

    PolicyPruner.Pruned pruned = pruner.prune("p", 4, Set.of());

    assertThat(pruned)
        .isEqualTo(new PolicyPruner.Pruned(List.of(1L, 2L, 3L), fourth.getFirstOffset()));
    assertThat(listed("p")).containsExactly(4L, 5L, 6L);
    try (var reader = log.reader();
        var loader = new PolicyLoader(log.context, TorchRuntime.cpu());
        LoadedPolicy loaded = loader.load(fourth, PolicyLog.PATIENCE)) {
      assertThat(reader.beginningOffsets(List.of(log.weights())))
          .containsEntry(log.weights(), fourth.getFirstOffset());
      assertThat(loaded.weights().sha256()).isEqualTo(weights.sha256());
    }
    assertThat(pruner.prune("p", 4, Set.of()).versions()).as("once more").isEmpty();
  }

  @Test
  void pinned_versions_and_other_policies_stay() {
    for (int version = 1; version <= 5; version++) {
      log.publish("q", version, weights);
    }
    log.publish("other", 1, weights);
    PolicyVersion first = new PolicyVersions(log.context).find("q", 1).orElseThrow();

    PolicyPruner.Pruned pruned = pruner.prune("q", Long.MAX_VALUE, Set.of(3L));

    assertThat(pruned).isEqualTo(new PolicyPruner.Pruned(List.of(2L), first.getFirstOffset()));
    assertThat(listed("q")).containsExactly(1L, 3L, 4L, 5L);
    assertThat(listed("other")).containsExactly(1L);
  }

  @Test
  void a_version_whose_transaction_is_open_meanwhile_is_not_harmed() throws Exception {
    var publisher = new PolicyPublisher(log.context);
    log.publish("p", 1, weights);
    try (var slow = log.producer();
        var loader = new PolicyLoader(log.context, TorchRuntime.cpu())) {
      slow.beginTransaction();
      PolicyVersion open =
          publisher.publish(slow, PolicyLog.draft("slow", 1, weights, WeightsType.FLOAT32));
      for (int version = 2; version <= 6; version++) {
        log.publish("p", version, weights);
      }
      // Its manifest is written and not yet committed: the pruner waits for it.
      var pruning =
          CompletableFuture.supplyAsync(() -> pruner.prune("p", Long.MAX_VALUE, Set.of()));
      await()
          .during(Duration.ofMillis(500))
          .atMost(Duration.ofSeconds(5))
          .until(() -> !pruning.isDone());
      slow.commitTransaction();

      PolicyPruner.Pruned pruned = pruning.get(30, TimeUnit.SECONDS);
      assertThat(pruned.versions()).containsExactly(1L, 2L, 3L, 4L);
      assertThat(pruned.deletedBefore()).isLessThanOrEqualTo(open.getFirstOffset());
      try (LoadedPolicy loaded = loader.load(open, PolicyLog.PATIENCE)) {
        assertThat(loaded.weights().sha256()).isEqualTo(weights.sha256());
      }
    }
  }
}
