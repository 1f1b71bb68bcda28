package dev.millrace.serving.access;

import java.net.URI;
import java.util.regex.Pattern;

/**
 * Names that can only mean this machine or an address in figures. A page from elsewhere whose name
 * was made to point here (DNS rebinding), or that sends forms here, comes under another one.
 */
final class LocalNames {

  private static final Pattern FIGURES =
      Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}|\\[[0-9a-fA-F:.]+]");

  private LocalNames() {}

  /** A Host header, with or without a port. */
  static boolean isLocalHost(String host) {
    String name = host.replaceFirst(":\\d{1,5}$", "");
    return name.equalsIgnoreCase("localhost")
        || name.toLowerCase(java.util.Locale.ROOT).endsWith(".localhost")
        || FIGURES.matcher(name).matches();
  }

  /** An Origin header; {@code null}, as sandboxed pages send it, is nowhere. */
  static boolean isLocalOrigin(String origin) {
    try {
      URI uri = URI.create(origin);
      return uri.getRawAuthority() != null && isLocalHost(uri.getRawAuthority());
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
