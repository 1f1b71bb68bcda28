package dev.millrace.models.tokenizer;

/** For vocabularies whose tokens are byte strings: constant time a token. */
final class ByteDetokenizer implements Detokenizer {

  private final TokenBytes tokens;
  private final Utf8Stream utf8 = new Utf8Stream();
  private int spacesToDrop;

  ByteDetokenizer(TokenBytes tokens) {
    this.tokens = tokens;
    this.spacesToDrop = tokens.leadingSpaces();
  }

  @Override
  public String add(int token) {
    StringBuilder out = new StringBuilder();
    utf8.decode(tokens.of(token), out);
    return withoutLeadingSpaces(out);
  }

  private String withoutLeadingSpaces(StringBuilder out) {
    int from = 0;
    while (spacesToDrop > 0 && from < out.length()) {
      if (out.charAt(from) == ' ') {
        from++;
        spacesToDrop--;
      } else {
        spacesToDrop = 0;
      }
    }
    return out.substring(from);
  }

  @Override
  public String finish() {
    StringBuilder out = new StringBuilder();
    utf8.finish(out);
    spacesToDrop = tokens.leadingSpaces();
    return out.toString();
  }
}
