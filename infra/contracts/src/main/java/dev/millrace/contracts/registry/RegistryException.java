package dev.millrace.contracts.registry;

/** The registry did not do what was asked; the message says what and why. */
public sealed class RegistryException extends RuntimeException {

  RegistryException(String message, Throwable cause) {
    super(message, cause);
  }

  /** No registry answered within the deadline: worth trying again. */
  public static final class Unavailable extends RegistryException {
    Unavailable(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /** The schema breaks the subject's compatibility rule: producer and readers disagree. */
  public static final class Incompatible extends RegistryException {
    Incompatible(String message) {
      super(message, null);
    }
  }

  /** The subject or the schema id is not known to the registry. */
  public static final class NotFound extends RegistryException {
    NotFound(String message) {
      super(message, null);
    }
  }

  /** The registry refused the request for another reason, such as missing credentials. */
  public static final class Refused extends RegistryException {
    Refused(String message) {
      super(message, null);
    }
  }
}
