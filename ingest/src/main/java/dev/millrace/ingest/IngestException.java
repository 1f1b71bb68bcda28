package dev.millrace.ingest;

/** A document did not reach the log. The message is one line for the person who sent it. */
public sealed class IngestException extends RuntimeException {

  private static final long serialVersionUID = 1;

  IngestException(String message, Throwable cause) {
    super(message, cause);
  }

  /** The document breaks a rule of the border; sending it again will not help. */
  public static final class Invalid extends IngestException {
    private static final long serialVersionUID = 1;

    public Invalid(String message) {
      super(message, null);
    }
  }

  /** The document is larger than this installation takes. */
  public static final class TooLarge extends IngestException {
    private static final long serialVersionUID = 1;

    public TooLarge(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /** Kafka or the registry does not answer in time: worth trying again. */
  public static final class Unavailable extends IngestException {
    private static final long serialVersionUID = 1;

    public Unavailable(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /** Kafka or the registry refused for good: credentials, rights, a missing topic. */
  public static final class Refused extends IngestException {
    private static final long serialVersionUID = 1;

    public Refused(String message, Throwable cause) {
      super(message, cause);
    }
  }
}
