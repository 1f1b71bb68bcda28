package dev.millrace.testkit;

import dev.millrace.devstack.ServerKind;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Gives the tests of a class real servers: parameters of type {@link Servers} or {@link
 * dev.millrace.devstack.DevStackEndpoints} are filled in. All classes of one JVM share the same
 * servers, so tests keep apart by {@link Servers#uniquePrefix()}.
 *
 * <p>Where the servers come from:
 *
 * <ul>
 *   <li>from the development stack, with its data below {@code target/}: the default;
 *   <li>{@code -Dmillrace.servers=testcontainers}: from the official images; without Docker the
 *       tests are skipped, and say so;
 *   <li>{@code -Dmillrace.test.kafka=host:port}, {@code -Dmillrace.test.registry=URI}, {@code
 *       -Dmillrace.test.opensearch=URI}: those that run already, each on its own; the rest is
 *       started.
 * </ul>
 */
@Documented
@Inherited
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(ServersExtension.class)
public @interface WithServers {
  /** The servers that the tests need; fewer start faster. */
  ServerKind[] value() default {ServerKind.KAFKA, ServerKind.REGISTRY, ServerKind.OPENSEARCH};
}
