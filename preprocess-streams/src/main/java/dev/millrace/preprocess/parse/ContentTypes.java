package dev.millrace.preprocess.parse;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.tika.metadata.Metadata;
import org.apache.tika.metadata.TikaCoreProperties;
import org.apache.tika.mime.MediaType;
import org.apache.tika.mime.MediaTypeRegistry;
import org.apache.tika.mime.MimeTypes;

/**
 * Detects what bytes are. The first bytes decide; name and declared type only choose among the
 * types that the bytes allow. Looks at magic numbers only, so it is safe on hostile input: what is
 * inside a container is for the parser's process to find out.
 */
final class ContentTypes {

  /** How a document is parsed. */
  enum Kind {
    HTML,
    MARKDOWN,
    TABLE,
    PLAIN,
    CODE,
    /** In a process of its own. */
    FOREIGN,
    UNSUPPORTED
  }

  /**
   * @param type without parameters
   */
  record Detected(String type, Kind kind) {}

  private static final Set<String> MARKDOWN =
      Set.of("text/markdown", "text/x-markdown", "text/x-web-markdown");
  private static final Set<String> TABLES = Set.of("text/csv", "text/tab-separated-values");
  private static final Set<String> HTML = Set.of("text/html", "application/xhtml+xml");

  /** Text formats that are read by people as prose, not as a program. */
  private static final Set<String> PROSE =
      Set.of("text/plain", "text/x-log", "text/troff", "text/x-rst", "text/x-asciidoc");

  private static final Set<String> NO_TEXT_INSIDE = Set.of("image", "audio", "video", "font");
  private static final Set<String> PROGRAMS =
      Set.of(
          "application/octet-stream",
          "application/x-executable",
          "application/x-elf",
          "application/x-sharedlib",
          "application/x-object",
          "application/x-msdownload",
          "application/x-dosexec",
          "application/java-vm");
  private static final Pattern TAG =
      Pattern.compile(
          "<(?:!doctype|html|head|body|title|meta|div|p|h[1-6]|ul|ol|table|section|article|main|nav"
              + "|script|pre|br|span|blockquote)[\\s/>]",
          Pattern.CASE_INSENSITIVE);
  private static final Pattern MAIL_HEADER = Pattern.compile("[A-Za-z-]{1,40}+: ");
  private static final int FIRST_LINE = 200;
  private static final int LOOK_AHEAD = 64 << 10;

  private final MimeTypes mimeTypes = MimeTypes.getDefaultMimeTypes();
  private final MediaTypeRegistry registry = mimeTypes.getMediaTypeRegistry();

  Detected detect(RawDocument document) {
    Optional<MediaType> declared =
        document.declaredType().flatMap(type -> Optional.ofNullable(MediaType.parse(type)));
    if (isPlainly(document, declared)) {
      return new Detected("text/plain", Kind.PLAIN);
    }
    MediaType detected = magic(document, declared).getBaseType();
    if (detected.equals(MediaType.OCTET_STREAM) && looksLikeText(document.bytes())) {
      detected = MediaType.TEXT_PLAIN;
    }
    String type = detected.toString();
    if (registry.isInstanceOf(detected, MediaType.APPLICATION_XML) && !HTML.contains(type)) {
      return markup(document, type, declared);
    }
    if (registry.isInstanceOf(detected, MediaType.TEXT_PLAIN)
        || detected.getType().equals("text")) {
      return text(document, detected, declared);
    }
    if (HTML.contains(type)) {
      return new Detected(type, Kind.HTML);
    }
    if (NO_TEXT_INSIDE.contains(detected.getType()) || PROGRAMS.contains(type)) {
      return new Detected(type, Kind.UNSUPPORTED);
    }
    return new Detected(type, Kind.FOREIGN);
  }

  /** Pages that begin with a comment or a fragment look like XML: names and tags tell. */
  private static Detected markup(RawDocument document, String type, Optional<MediaType> declared) {
    boolean xml = start(document.bytes()).stripLeading().startsWith("<?xml");
    boolean html = isNamedHtml(document, declared) || hasTags(document.bytes());
    return html && !xml ? new Detected("text/html", Kind.HTML) : new Detected(type, Kind.FOREIGN);
  }

  private static boolean isNamedHtml(RawDocument document, Optional<MediaType> declared) {
    String name = document.fileName().orElse("").toLowerCase(Locale.ROOT);
    return declared.map(d -> HTML.contains(d.getBaseType().toString())).orElse(false)
        || name.endsWith(".html")
        || name.endsWith(".htm");
  }

  private Detected text(RawDocument document, MediaType detected, Optional<MediaType> declared) {
    String type = detected.toString();
    String declaredType =
        declared.map(d -> d.getBaseType().toString().toLowerCase(Locale.ROOT)).orElse("");
    String name = document.fileName().orElse("").toLowerCase(Locale.ROOT);
    boolean tags = hasTags(document.bytes());
    if (HTML.contains(type)) {
      return tags || startsWithTag(document.bytes())
          ? new Detected(type, Kind.HTML)
          : new Detected("text/plain", Kind.PLAIN);
    }
    if (MARKDOWN.contains(type)
        || MARKDOWN.contains(declaredType)
        || name.endsWith(".md")
        || name.endsWith(".markdown")) {
      return new Detected("text/markdown", Kind.MARKDOWN);
    }
    if (TABLES.contains(type) || TABLES.contains(declaredType)) {
      return new Detected(TABLES.contains(type) ? type : declaredType, Kind.TABLE);
    }
    if (PROSE.contains(type)) {
      boolean looksLikeHtml = declaredType.isEmpty() && name.isEmpty() && tags;
      return looksLikeHtml && startsWithTag(document.bytes())
          ? new Detected("text/html", Kind.HTML)
          : new Detected(type, Kind.PLAIN);
    }
    return new Detected(type, Kind.CODE);
  }

  private MediaType magic(RawDocument document, Optional<MediaType> declared) {
    var hints = new Metadata();
    document.fileName().ifPresent(n -> hints.set(TikaCoreProperties.RESOURCE_NAME_KEY, n));
    declared.ifPresent(d -> hints.set(Metadata.CONTENT_TYPE, d.toString()));
    try (var stream = new ByteArrayInputStream(document.bytes())) {
      return mimeTypes.detect(stream, hints);
    } catch (IOException e) {
      throw new UncheckedIOException("reading from memory failed", e);
    }
  }

  /**
   * Whether there is no doubt: plain text by declaration, or nothing declared, that begins like
   * prose. Most small documents are of this kind, and trying every magic number takes 0.4 ms, more
   * than all the rest of the work on them.
   */
  private static boolean isPlainly(RawDocument document, Optional<MediaType> declared) {
    boolean declaredPlain =
        declared.map(type -> type.getBaseType().equals(MediaType.TEXT_PLAIN)).orElse(true);
    if (!declaredPlain || document.fileName().isPresent() || !looksLikeText(document.bytes())) {
      return false;
    }
    String start = start(document.bytes(), FIRST_LINE).stripLeading();
    return !start.isEmpty()
        && Character.isLetterOrDigit(start.charAt(0))
        && !MAIL_HEADER.matcher(start).lookingAt();
  }

  /** Text in an old charset has bytes beyond ASCII, but next to no control characters. */
  private static boolean looksLikeText(byte[] bytes) {
    int length = Math.min(LOOK_AHEAD, bytes.length);
    int control = 0;
    for (int i = 0; i < length; i++) {
      int b = bytes[i] & 0xff;
      control += (b < ' ' && b != '\n' && b != '\r' && b != '\t' && b != '\f') || b == 0x7F ? 1 : 0;
    }
    return control <= length / 1000 || TextDecoder.utf16(bytes).isPresent();
  }

  private static boolean hasTags(byte[] bytes) {
    return TAG.matcher(start(bytes)).find();
  }

  private static boolean startsWithTag(byte[] bytes) {
    return start(bytes).stripLeading().startsWith("<");
  }

  private static String start(byte[] bytes) {
    return start(bytes, LOOK_AHEAD);
  }

  private static String start(byte[] bytes, int most) {
    // Latin-1: one character a byte, never fails; tags are ASCII in every charset but UTF-16.
    int length = Math.min(most, bytes.length);
    String start = new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
    return start.indexOf('\0') < 0 ? start : start.replace("\0", "");
  }
}
