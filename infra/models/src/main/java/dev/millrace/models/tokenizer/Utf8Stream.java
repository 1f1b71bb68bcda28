package dev.millrace.models.tokenizer;

/**
 * UTF-8 in pieces of any length: gives out whole characters only, and keeps the bytes of one that
 * is not complete (three at most). Ill-formed bytes become U+FFFD by the rule of maximal subparts
 * (Unicode 16, section 3.9.6; the state machine is that of the WHATWG Encoding Standard, section
 * 8.1.1).
 */
final class Utf8Stream {

  private static final char REPLACEMENT = '\ufffd';

  private int codePoint;
  private int needed;
  private int lower = 0x80;
  private int upper = 0xbf;

  /** Appends the characters that {@code bytes} complete. */
  void decode(byte[] bytes, StringBuilder out) {
    for (byte b : bytes) {
      decode(b & 0xff, out);
    }
  }

  private void decode(int b, StringBuilder out) {
    if (needed > 0) {
      if (b >= lower && b <= upper) {
        lower = 0x80;
        upper = 0xbf;
        codePoint = codePoint << 6 | b & 0x3f;
        if (--needed == 0) {
          out.appendCodePoint(codePoint);
        }
        return;
      }
      finish(out);
    }
    if (b < 0x80) {
      out.append((char) b);
    } else if (b >= 0xc2 && b <= 0xdf) {
      begin(b & 0x1f, 1, 0x80, 0xbf);
    } else if (b >= 0xe0 && b <= 0xef) {
      // E0 would allow overlong forms, ED surrogates.
      begin(b & 0x0f, 2, b == 0xe0 ? 0xa0 : 0x80, b == 0xed ? 0x9f : 0xbf);
    } else if (b >= 0xf0 && b <= 0xf4) {
      // F0 would allow overlong forms, F4 more than U+10FFFF.
      begin(b & 0x07, 3, b == 0xf0 ? 0x90 : 0x80, b == 0xf4 ? 0x8f : 0xbf);
    } else {
      out.append(REPLACEMENT);
    }
  }

  private void begin(int bits, int needed, int lower, int upper) {
    this.codePoint = bits;
    this.needed = needed;
    this.lower = lower;
    this.upper = upper;
  }

  /** The end of the text: an incomplete character becomes U+FFFD. */
  void finish(StringBuilder out) {
    if (needed > 0) {
      out.append(REPLACEMENT);
      begin(0, 0, 0x80, 0xbf);
    }
  }
}
