package dev.millrace.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contracts.avro.RolloutTask;
import dev.millrace.contracts.avro.Sample;
import dev.millrace.contracts.avro.SampleGroup;
import dev.millrace.contracts.avro.Sampling;
import dev.millrace.devstack.ServerKind;
import dev.millrace.models.decoder.DecoderConfig;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.generate.GeneratedSequence;
import dev.millrace.models.generate.GenerationEngine;
import dev.millrace.models.generate.GenerationRequest;
import dev.millrace.models.generate.GenerationSettings;
import dev.millrace.models.generate.SamplingParams;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** One task at a time: what a worker samples is a function of task and weights, to the last bit. */
@WithServers({ServerKind.KAFKA, ServerKind.REGISTRY})
class EqualSamplesTest {

  private static final Map<String, String> ONE_BY_ONE =
      Map.of("millrace.rollout.lanes", "1", "millrace.rollout.records", "1");

  @Test
  void fresh_workers_and_a_single_process_give_the_same_samples_bit_by_bit(Servers servers) {
    List<RolloutTask> tasks = Tasks.many(40, 1);
    DecoderConfig config = TinyPolicy.config(32, 32);
    try (DecoderWeights weights = TinyPolicy.weights(config, 9)) {
      Map<String, List<Sample>> once = samples(servers, weights, tasks);
      Map<String, List<Sample>> again = samples(servers, weights, tasks);

      assertThat(again).isEqualTo(once);
      try (GenerationEngine engine =
          new GenerationEngine(weights, 1, GenerationSettings.of(4, 32), null)) {
        for (RolloutTask task : tasks) {
          List<GeneratedSequence> group = engine.run(List.of(request(task)));
          List<Sample> samples = once.get(task.getTaskId());
          for (int i = 0; i < 4; i++) {
            assertThat(samples.get(i).getTokens()).isEqualTo(boxed(group.get(i).tokens()));
            assertThat(samples.get(i).getLogProbs()).isEqualTo(boxed(group.get(i).logProbs()));
          }
        }
      }
    }
  }

  private static Map<String, List<Sample>> samples(
      Servers servers, DecoderWeights weights, List<RolloutTask> tasks) {
    try (var installation = new Installation(servers, ONE_BY_ONE)) {
      installation.start();
      installation.step(1, weights, tasks);
      return installation.answers(tasks.size()).entrySet().stream()
          .collect(Collectors.toMap(Map.Entry::getKey, e -> timeless(e.getValue())));
    }
  }

  private static List<Sample> timeless(SampleGroup group) {
    group
        .getSamples()
        .forEach(
            sample -> {
              sample.setStartedAt(0);
              sample.setFinishedAt(0);
            });
    return group.getSamples();
  }

  private static GenerationRequest request(RolloutTask task) {
    Sampling sampling = task.getSampling();
    int[] prompt =
        task.getMessages()
            .getFirst()
            .getContent()
            .chars()
            .map(character -> TinyPolicy.ALPHABET.indexOf(character) + 2)
            .toArray();
    return GenerationRequest.of(
        task.getTaskId(),
        prompt,
        task.getGroupSize(),
        SamplingParams.sampled(sampling.getSeed(), sampling.getMaxTokens())
            .withStops(Set.of(TinyPolicy.END), List.of()));
  }

  private static List<Integer> boxed(int[] values) {
    return java.util.Arrays.stream(values).boxed().toList();
  }

  private static List<Float> boxed(float[] values) {
    List<Float> out = new java.util.ArrayList<>();
    for (float value : values) {
      out.add(value);
    }
    return out;
  }
}
