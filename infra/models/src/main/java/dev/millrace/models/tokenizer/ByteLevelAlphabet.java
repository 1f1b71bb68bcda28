package dev.millrace.models.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The bytes 0 to 255 as printable characters, as GPT-2's byte-level vocabularies spell them: a byte
 * which Latin-1 can print stands for itself, the others take the code points from 256 on, in order.
 */
final class ByteLevelAlphabet {

  private static final char[] CHAR_OF_BYTE = new char[256];
  private static final short[] BYTE_OF_CHAR = new short[256 + 68];

  static {
    Arrays.fill(BYTE_OF_CHAR, (short) -1);
    int next = 256;
    for (int b = 0; b < 256; b++) {
      boolean printable = (b >= '!' && b <= '~') || (b >= 0xa1 && b <= 0xac) || b >= 0xae;
      char c = (char) (printable ? b : next++);
      CHAR_OF_BYTE[b] = c;
      BYTE_OF_CHAR[c] = (short) b;
    }
  }

  private ByteLevelAlphabet() {}

  static String spell(byte[] bytes) {
    StringBuilder out = new StringBuilder(bytes.length);
    for (byte b : bytes) {
      out.append(CHAR_OF_BYTE[b & 0xff]);
    }
    return out.toString();
  }

  /** The bytes of a token; a token with a character outside of the alphabet is plain UTF-8. */
  static byte[] bytesOf(String token) {
    byte[] bytes = new byte[token.length()];
    for (int i = 0; i < bytes.length; i++) {
      char c = token.charAt(i);
      if (c >= BYTE_OF_CHAR.length || BYTE_OF_CHAR[c] < 0) {
        return token.getBytes(StandardCharsets.UTF_8);
      }
      bytes[i] = (byte) BYTE_OF_CHAR[c];
    }
    return bytes;
  }
}
