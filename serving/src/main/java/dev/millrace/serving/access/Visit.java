package dev.millrace.serving.access;

/**
 * What a request says of its sender.
 *
 * @param authorization the Authorization header, or null
 * @param principals the {@value Gatekeeper#PRINCIPALS_HEADER} header, or null
 * @param host the Host header, or null
 * @param origin the Origin header, or null: browsers send it, and only they
 * @param fromLoopback whether the connection comes from this machine
 */
public record Visit(
    String authorization, String principals, String host, String origin, boolean fromLoopback) {

  /** Without the headers, and the key in them. */
  @Override
  public String toString() {
    return "Visit[" + (fromLoopback ? "loopback" : "remote") + "]";
  }
}
