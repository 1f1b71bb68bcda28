package dev.millrace.serving.console;

import dev.millrace.contracts.registry.RegistryException;
import dev.millrace.serving.Refusal;
import java.time.Duration;
import java.util.function.Supplier;
import org.apache.kafka.common.KafkaException;

/** Servers that do not answer, as a refusal. */
final class Away {

  private Away() {}

  static <T> T orRefuse(Supplier<T> work) {
    try {
      return work.get();
    } catch (KafkaException e) {
      throw Refusal.unavailable(
          Duration.ofSeconds(5), "Kafka does not answer: " + e.getMessage() + ".");
    } catch (RegistryException e) {
      throw Refusal.unavailable(
          Duration.ofSeconds(5), "The schema registry does not answer: " + e.getMessage() + ".");
    }
  }
}
