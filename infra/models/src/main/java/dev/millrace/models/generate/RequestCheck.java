package dev.millrace.models.generate;

import dev.millrace.models.decoder.DecoderConfig;

/** What an engine can do for a request, and what not. */
final class RequestCheck {

  private RequestCheck() {}

  /**
   * @param decodes whether the engine can make text of tokens
   * @throws IllegalArgumentException saying what about the request cannot be done
   */
  static void require(
      GenerationRequest request,
      GenerationSettings settings,
      DecoderConfig config,
      boolean decodes) {
    if (request.promptLength() >= settings.context()) {
      throw new IllegalArgumentException(
          "request %s: a prompt of %d tokens leaves no room in the context of %d"
              .formatted(request.id(), request.promptLength(), settings.context()));
    }
    for (int token : request.promptTokens()) {
      if (token < 0 || token >= config.vocab()) {
        throw new IllegalArgumentException(
            "request %s: token id %d is outside of the vocabulary of %d"
                .formatted(request.id(), token, config.vocab()));
      }
    }
    if (!request.params().stopStrings().isEmpty() && !decodes) {
      throw new IllegalArgumentException(
          "request " + request.id() + " has stop strings, but the engine has no tokenizer");
    }
    if (request.params().topLogProbs() > config.vocab()) {
      throw new IllegalArgumentException(
          "request %s: topLogProbs %d exceeds the vocabulary of %d"
              .formatted(request.id(), request.params().topLogProbs(), config.vocab()));
    }
  }
}
