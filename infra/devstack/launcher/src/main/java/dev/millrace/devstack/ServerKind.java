package dev.millrace.devstack;

/** One of the three servers that a development stack consists of. */
public enum ServerKind {
  KAFKA("kafka", "Kafka"),
  REGISTRY("registry", "schema registry"),
  OPENSEARCH("opensearch", "OpenSearch");

  private final String id;
  private final String title;

  ServerKind(String id, String title) {
    this.id = id;
    this.title = title;
  }

  /** The name in options, file names and settings, such as {@code opensearch}. */
  public String id() {
    return id;
  }

  /** The name in sentences, such as {@code OpenSearch}. */
  public String title() {
    return title;
  }

  /**
   * The server with this {@link #id}.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static ServerKind ofId(String id) {
    for (ServerKind kind : values()) {
      if (kind.id.equals(id)) {
        return kind;
      }
    }
    throw new IllegalArgumentException(
        "no such server: '" + id + "'; choose kafka, registry or opensearch");
  }
}
