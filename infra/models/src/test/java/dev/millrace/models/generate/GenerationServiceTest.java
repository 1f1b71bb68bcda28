package dev.millrace.models.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.models.decoder.DecoderConfig;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.decoder.Initialisation;
import dev.millrace.models.generate.GeneratedSequence.Finish;
import dev.millrace.models.script.TorchRuntime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GenerationServiceTest {

  private static final TorchRuntime CPU = TorchRuntime.cpu();
  private static final DecoderConfig CONFIG = DecoderConfig.llama(32, 16, 1, 2, 1, 24, 4096);

  private final DecoderWeights weights =
      DecoderWeights.random(CPU, CONFIG, Initialisation.SCALED, 1);

  @AfterEach
  void free() {
    weights.close();
  }

  @Test
  void requests_of_many_threads_are_answered_and_weights_change_in_between() throws Exception {
    try (GenerationService service = service(8)) {
      List<CompletableFuture<List<GeneratedSequence>>> answers = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        answers.add(service.submit(request("r" + i, 2, 20)));
      }
      service.swap(weights, 2);
      for (int i = 0; i < 12; i++) {
        List<GeneratedSequence> group = answers.get(i).get(30, TimeUnit.SECONDS);
        assertThat(group).hasSize(2);
        assertThat(group.get(1).tokens()).hasSize(20);
        assertThat(group.get(1).requestId()).isEqualTo("r" + i);
      }
      assertThat(service.submit(request("last", 1, 1)).get(30, TimeUnit.SECONDS).getFirst())
          .extracting(s -> s.versions()[0])
          .isEqualTo(2L);
    }
  }

  @Test
  void what_is_heard_of_a_token_is_what_its_sequence_says_at_the_end() throws Exception {
    List<WrittenToken> heard = new ArrayList<>();
    GenerationListener listener =
        new GenerationListener() {
          @Override
          public void written(String requestId, int index, WrittenToken written) {
            heard.add(written);
          }

          @Override
          public void finished(GeneratedSequence sequence) {
            // the future tells
          }

          @Override
          public void failed(String requestId, RuntimeException error) {
            // the future tells
          }
        };
    try (GenerationService service = service(8)) {
      SamplingParams params = SamplingParams.sampled(4, 12).withTopLogProbs(3);
      GeneratedSequence whole =
          service
              .submit(GenerationRequest.of("r", new int[] {1, 2}, 1, params), listener)
              .get(30, TimeUnit.SECONDS)
              .getFirst();
      assertThat(heard).hasSize(12);
      for (int i = 0; i < 12; i++) {
        WrittenToken token = heard.get(i);
        assertThat(token)
            .isEqualTo(
                new WrittenToken(
                    whole.tokens()[i],
                    whole.logProbs()[i],
                    whole.modelLogProbs()[i],
                    whole.versions()[i],
                    whole.top().get(i)));
        assertThat(token.top()).hasSize(3);
      }
    }
  }

  @Test
  void tokens_are_heard_as_they_are_written_and_a_cancelled_request_ends() throws Exception {
    var five = new CountDownLatch(5);
    GenerationListener listener =
        new GenerationListener() {
          @Override
          public void token(String requestId, int index, int token) {
            five.countDown();
          }

          @Override
          public void finished(GeneratedSequence sequence) {
            // the future tells
          }

          @Override
          public void failed(String requestId, RuntimeException error) {
            // the future tells
          }
        };
    try (GenerationService service = service(2)) {
      // Three copies for two slots: one has not begun when the request is cancelled.
      var answer = service.submit(request("long", 3, 4000), listener);
      assertThat(five.await(30, TimeUnit.SECONDS)).isTrue();
      service.cancel("long");

      List<GeneratedSequence> group = answer.get(30, TimeUnit.SECONDS);
      assertThat(group).extracting(GeneratedSequence::finish).containsOnly(Finish.CANCELLED);
      assertThat(group.get(0).tokens()).isNotEmpty();
      assertThat(group.get(2).tokens()).isEmpty();
    }
  }

  @Test
  void a_bad_request_fails_alone_and_a_closed_service_refuses() {
    GenerationService service = service(2);
    var bad =
        service.submit(GenerationRequest.of("bad", new int[] {99}, 1, SamplingParams.greedy(1)));
    var good = service.submit(request("good", 1, 3));
    assertThatThrownBy(() -> bad.get(30, TimeUnit.SECONDS))
        .hasMessageContaining("token id 99 is outside of the vocabulary of 32");
    assertThat(good.join()).hasSize(1);

    var unfinished = service.submit(request("unfinished", 1, 4000));
    service.close();

    assertThatThrownBy(() -> unfinished.get(30, TimeUnit.SECONDS))
        .hasMessageContaining("the service closed before request unfinished ended");
    assertThatThrownBy(() -> service.submit(request("late", 1, 1)))
        .isInstanceOf(RejectedExecutionException.class);
  }

  private GenerationService service(int slots) {
    return new GenerationService(
        "generation-test",
        new GenerationEngine(weights, 1, GenerationSettings.of(slots, 4096), null),
        64);
  }

  private static GenerationRequest request(String id, int copies, int tokens) {
    return GenerationRequest.of(
        id, new int[] {1, 2}, copies, SamplingParams.sampled(id.hashCode(), tokens));
  }
}
