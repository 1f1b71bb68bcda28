package dev.millrace.serving.generate;

import dev.millrace.models.generate.WrittenToken;
import dev.millrace.models.tokenizer.Detokenizer;
import dev.millrace.models.tokenizer.Tokenizer;
import dev.millrace.serving.chat.ThinkTags;
import dev.millrace.serving.chat.TokenScore;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** What the tokens of a model mean to a reader. */
final class Vocabulary {

  private static final byte[] NOTHING = {};

  private final Tokenizer tokenizer;
  private final Optional<List<byte[]>> bytes;
  private final int open;
  private final int close;

  Vocabulary(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
    this.bytes = tokenizer.tokenBytes();
    this.open = hidden(ThinkTags.OPEN);
    this.close = hidden(ThinkTags.CLOSE);
  }

  /** Id of a tag that the detokenizer leaves out; -1 if it is no such token. */
  private int hidden(String tag) {
    int id = tokenizer.id(tag).orElse(-1);
    return id >= 0 && tokenizer.isSpecial(id) ? id : -1;
  }

  Detokenizer detokenizer() {
    return tokenizer.detokenizer(true);
  }

  /** The text of a tag around reasoning that the detokenizer leaves out; else nothing. */
  String tag(int token) {
    return token == open ? ThinkTags.OPEN : token == close ? ThinkTags.CLOSE : "";
  }

  TokenScore score(WrittenToken written) {
    return new TokenScore(
        text(written.token()),
        bytes(written.token()),
        written.modelLogProb(),
        written.top().stream()
            .map(t -> new TokenScore(text(t.token()), bytes(t.token()), t.logProb(), List.of()))
            .toList());
  }

  private String text(int token) {
    byte[] its = bytes(token);
    if (its.length > 0) {
      return new String(its, StandardCharsets.UTF_8);
    }
    return named(token) ? tokenizer.token(token) : "";
  }

  private byte[] bytes(int token) {
    if (bytes.isPresent()) {
      return token < bytes.get().size() ? bytes.get().get(token) : NOTHING;
    }
    return named(token) && !tokenizer.isSpecial(token)
        ? tokenizer.decode(new int[] {token}, true).getBytes(StandardCharsets.UTF_8)
        : NOTHING;
  }

  /** A model may have more rows than its tokenizer has tokens. */
  private boolean named(int token) {
    return token < tokenizer.size();
  }
}
