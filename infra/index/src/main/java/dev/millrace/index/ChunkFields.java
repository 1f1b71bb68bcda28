package dev.millrace.index;

/** Names of the fields that searches use. */
public final class ChunkFields {

  public static final String DOCUMENT_ID = "documentId";
  public static final String REVISION = "revision";
  public static final String ORDINAL = "ordinal";
  public static final String HASH = "hash";
  public static final String TITLE = "title";
  public static final String HEADINGS = "headings";
  public static final String TEXT = "text";
  public static final String VECTOR = "vector";
  public static final String ACL = "acl";
  public static final String METADATA = "metadata";
  public static final String URI = "uri";
  public static final String LANGUAGE = "language";
  public static final String CONTENT_TYPE = "contentType";

  private ChunkFields() {}
}
