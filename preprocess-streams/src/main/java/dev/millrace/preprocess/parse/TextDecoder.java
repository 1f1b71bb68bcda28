package dev.millrace.preprocess.parse;

import com.ibm.icu.text.CharsetDetector;
import com.ibm.icu.text.CharsetMatch;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Turns bytes into text: a byte order mark decides, else strict UTF-8, else UTF-8 with a few
 * damaged places, else the declared charset, else what the statistics of the bytes suggest. What
 * cannot be decoded becomes U+FFFD, which a later rule counts.
 */
final class TextDecoder {

  private static final Pattern CHARSET =
      Pattern.compile("charset\\s{0,4}=\\s{0,4}[\"']?([A-Za-z0-9._:-]{1,40})");
  private static final int SAMPLE = 64 << 10;
  private static final int LEAST_CONFIDENCE = 25;

  private TextDecoder() {}

  /** The charset that a content type or the first bytes of a page name, where it is known here. */
  static Optional<Charset> named(String text) {
    var matcher = CHARSET.matcher(text);
    return matcher.find() ? charset(matcher.group(1)) : Optional.empty();
  }

  static String decode(byte[] bytes, Optional<Charset> declared) {
    Optional<String> marked = byteOrderMark(bytes);
    if (marked.isPresent()) {
      return marked.get();
    }
    Optional<String> strict = strict(bytes);
    if (strict.isPresent()) {
      return strict.get();
    }
    Optional<Charset> wide = utf16(bytes);
    if (wide.isPresent()) {
      return new String(bytes, wide.get());
    }
    String lenient = new String(bytes, StandardCharsets.UTF_8);
    if (isMostlyUtf8(lenient)) {
      return lenient;
    }
    return new String(bytes, declared.or(() -> detect(bytes)).orElse(StandardCharsets.UTF_8));
  }

  private static Optional<String> byteOrderMark(byte[] bytes) {
    if (bytes.length >= 3
        && bytes[0] == (byte) 0xEF
        && bytes[1] == (byte) 0xBB
        && bytes[2] == (byte) 0xBF) {
      return Optional.of(new String(bytes, 3, bytes.length - 3, StandardCharsets.UTF_8));
    }
    if (bytes.length >= 2 && bytes[0] == (byte) 0xFE && bytes[1] == (byte) 0xFF) {
      return Optional.of(new String(bytes, 2, bytes.length - 2, StandardCharsets.UTF_16BE));
    }
    if (bytes.length >= 2 && bytes[0] == (byte) 0xFF && bytes[1] == (byte) 0xFE) {
      return Optional.of(new String(bytes, 2, bytes.length - 2, StandardCharsets.UTF_16LE));
    }
    return Optional.empty();
  }

  private static Optional<String> strict(byte[] bytes) {
    try {
      String text =
          StandardCharsets.UTF_8
              .newDecoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .onUnmappableCharacter(CodingErrorAction.REPORT)
              .decode(ByteBuffer.wrap(bytes))
              .toString();
      // UTF-16 without a mark is valid UTF-8 when it is ASCII: every second byte is zero.
      return utf16(bytes).isEmpty() ? Optional.of(text) : Optional.empty();
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }

  /** UTF-16 without a byte order mark: zero bytes stand in the even or in the odd places only. */
  static Optional<Charset> utf16(byte[] bytes) {
    int length = Math.min(SAMPLE, bytes.length) & ~1;
    int even = 0;
    int odd = 0;
    for (int i = 0; i < length; i += 2) {
      even += bytes[i] == 0 ? 1 : 0;
      odd += bytes[i + 1] == 0 ? 1 : 0;
    }
    int enough = Math.max(2, length / 5);
    if (odd >= enough && even == 0) {
      return Optional.of(StandardCharsets.UTF_16LE);
    }
    return even >= enough && odd == 0 ? Optional.of(StandardCharsets.UTF_16BE) : Optional.empty();
  }

  /** More well-formed characters beyond ASCII than damaged places: damaged, but UTF-8. */
  private static boolean isMostlyUtf8(String lenient) {
    int damaged = 0;
    int wellFormed = 0;
    for (int i = 0; i < lenient.length(); i++) {
      char c = lenient.charAt(i);
      if (c == '\uFFFD') {
        damaged++;
      } else if (c > 0x7F) {
        wellFormed++;
      }
    }
    return wellFormed > damaged;
  }

  private static Optional<Charset> detect(byte[] bytes) {
    var detector = new CharsetDetector();
    detector.setText(bytes.length > SAMPLE ? java.util.Arrays.copyOf(bytes, SAMPLE) : bytes);
    CharsetMatch match = detector.detect();
    return match == null || match.getConfidence() < LEAST_CONFIDENCE
        ? Optional.empty()
        : charset(match.getName());
  }

  private static Optional<Charset> charset(String name) {
    try {
      return Optional.of(Charset.forName(name));
    } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
      return Optional.empty();
    }
  }
}
