package dev.millrace.models.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The bytes that each token stands for, for the decoders where that does not depend on neighbours:
 * byte-level BPE (GPT-2, Llama 3, Qwen) and SentencePiece with byte fallback (Llama 2, Mistral).
 *
 * @param bytes by token id; nothing for a token that is left out
 * @param leadingSpaces how many spaces the decoder drops at the start of a text
 */
record TokenBytes(byte[][] bytes, int leadingSpaces) {

  private static final byte[] NOTHING = {};

  byte[] of(int token) {
    return token >= 0 && token < bytes.length ? bytes[token] : NOTHING;
  }

  /** Empty if the decoder of the file is of another kind. */
  static Optional<TokenBytes> of(TokenizerFile file, boolean skipSpecial) {
    JsonNode decoder = file.section("decoder");
    String type = decoder.path("type").asText();
    if (type.equals("ByteLevel")) {
      return Optional.of(new TokenBytes(table(file, skipSpecial, ByteLevelAlphabet::bytesOf), 0));
    }
    if (type.equals("Fuse")) {
      return Optional.of(new TokenBytes(table(file, skipSpecial, TokenBytes::utf8), 0));
    }
    List<String> steps = new ArrayList<>();
    int strip = 0;
    for (JsonNode step : decoder.path("decoders")) {
      steps.add(step.path("type").asText());
      strip = step.path("type").asText().equals("Strip") ? step.path("start").asInt() : strip;
      if (!isKnown(step)) {
        return Optional.empty();
      }
    }
    if (type.equals("Sequence")
        && (steps.equals(List.of("Replace", "ByteFallback", "Fuse"))
            || steps.equals(List.of("Replace", "ByteFallback", "Fuse", "Strip")))) {
      return Optional.of(new TokenBytes(table(file, skipSpecial, TokenBytes::fallback), strip));
    }
    return Optional.empty();
  }

  private static boolean isKnown(JsonNode step) {
    return switch (step.path("type").asText()) {
      case "Replace" ->
          step.path("pattern").path("String").asText().equals("▁")
              && step.path("content").asText().equals(" ");
      case "Strip" -> step.path("content").asText().equals(" ") && step.path("stop").asInt() == 0;
      default -> true;
    };
  }

  private interface Spelling {
    byte[] bytes(String token);
  }

  private static byte[][] table(TokenizerFile file, boolean skipSpecial, Spelling spelling) {
    String[] tokens = file.tokens();
    byte[][] table = new byte[tokens.length][];
    for (int id = 0; id < tokens.length; id++) {
      boolean silent = tokens[id] == null || (skipSpecial && file.special().get(id));
      table[id] = silent ? NOTHING : spelling.bytes(tokens[id]);
    }
    return table;
  }

  private static byte[] utf8(String token) {
    return token.getBytes(StandardCharsets.UTF_8);
  }

  /** {@code <0x0A>} is a byte, anything else text with ▁ for a space. */
  private static byte[] fallback(String token) {
    if (token.length() == 6 && token.startsWith("<0x") && token.endsWith(">")) {
      try {
        return new byte[] {(byte) Integer.parseInt(token, 3, 5, 16)};
      } catch (NumberFormatException notAByte) {
        return utf8(token);
      }
    }
    return utf8(token.replace('▁', ' '));
  }
}
