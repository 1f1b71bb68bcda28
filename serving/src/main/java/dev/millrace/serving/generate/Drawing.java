package dev.millrace.serving.generate;

import dev.millrace.models.generate.GenerationRequest;
import dev.millrace.models.generate.SamplingParams;
import dev.millrace.serving.chat.ChatTurn;
import dev.millrace.serving.chat.Sampling;
import dev.millrace.serving.structured.JsonMask;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;

/** How the choices of a turn are drawn, as the engine wants to know it. */
final class Drawing {

  private static final AtomicLong NUMBER = new AtomicLong();

  private final String id = "chat-" + NUMBER.incrementAndGet();
  private final ChatTurn turn;
  private final int most;
  private final ServedModel model;
  private final OptionalDouble temperature;
  private final long seed;

  Drawing(ChatTurn turn, int most, ServedModel model, OptionalDouble temperature) {
    this.turn = turn;
    this.most = most;
    this.model = model;
    this.temperature = temperature;
    this.seed = turn.sampling().seed().orElseGet(() -> ThreadLocalRandom.current().nextLong());
  }

  /**
   * One request whose prompt is computed once for all choices; or, with masks, one for each choice,
   * since a mask follows a single answer.
   */
  List<GenerationRequest> requests(int[] prompt, List<JsonMask> masks) {
    if (masks.isEmpty()) {
      return List.of(GenerationRequest.of(id, prompt, turn.sampling().choices(), params(seed)));
    }
    List<GenerationRequest> requests = new ArrayList<>();
    for (int choice = 0; choice < masks.size(); choice++) {
      requests.add(
          new GenerationRequest(
              id + "-" + choice, prompt, 1, params(seed + choice), masks.get(choice)));
    }
    return requests;
  }

  private SamplingParams params(long from) {
    Sampling wanted = turn.sampling();
    boolean greedy = wanted.topP().orElse(1) == 0; // the most likely token alone
    return new SamplingParams(
        wanted.temperature().orElse(temperature.orElse(model.temperature().orElse(1))),
        greedy ? 1 : Math.max(0, wanted.topK()),
        greedy ? 1 : wanted.topP().orElse(1),
        wanted.minP(),
        wanted.repetitionPenalty(),
        most,
        model.text().stopTokens(),
        turn.limits().stop(),
        from,
        wanted.logprobs() ? wanted.topLogprobs() : 0);
  }
}
