package dev.millrace.serving.chat;

import java.util.List;

/**
 * A token of an answer with its log-probability under the model, before temperature and filters.
 *
 * @param token its text; characters that it holds a part of are U+FFFD
 * @param bytes its UTF-8 bytes, empty for a special token
 * @param top the most likely tokens in its place, best first; without alternatives of their own
 */
public record TokenScore(String token, byte[] bytes, double logprob, List<TokenScore> top) {

  public TokenScore {
    top = List.copyOf(top);
  }
}
