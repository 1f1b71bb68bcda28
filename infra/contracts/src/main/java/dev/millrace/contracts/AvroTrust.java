package dev.millrace.contracts;

import org.apache.avro.util.ClassSecurityValidator;

/** What Avro may do with bytes from the log: which classes it creates, how much it allocates. */
final class AvroTrust {

  private static final String GENERATED = "dev.millrace.contracts.avro";
  private static final String MAX_BYTES = "org.apache.avro.limits.bytes.maxLength";
  private static final String MAX_STRING = "org.apache.avro.limits.string.maxLength";
  private static final String LIMIT = String.valueOf(64 << 20);

  private AvroTrust() {}

  /** Idempotent; must run before the first record is read in this process. */
  static void establish() {
    // A poisoned length field must end as a dead letter, not as an OutOfMemoryError.
    for (String property : new String[] {MAX_BYTES, MAX_STRING}) {
      if (System.getProperty(property) == null) {
        System.setProperty(property, LIMIT);
      }
    }
    ClassSecurityValidator.setGlobal(
        ClassSecurityValidator.composite(
            ClassSecurityValidator.getGlobal(), type -> GENERATED.equals(type.getPackageName())));
  }
}
