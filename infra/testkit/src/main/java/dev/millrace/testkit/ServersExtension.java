package dev.millrace.testkit;

import dev.millrace.devstack.DevStackEndpoints;
import dev.millrace.devstack.ServerKind;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;

/** Starts what {@link WithServers} asks for at the first parameter that needs it. */
final class ServersExtension implements ParameterResolver, ExecutionCondition {
  private static final Namespace NAMESPACE = Namespace.create(ServersExtension.class);

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    return ServerSource.fromProperties()
        .whyNotUsable()
        .map(ConditionEvaluationResult::disabled)
        .orElseGet(() -> ConditionEvaluationResult.enabled("servers can be had"));
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    return type == Servers.class || type == DevStackEndpoints.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    Servers servers = shared(context).require(EnumSet.copyOf(wanted(context)));
    return parameter.getParameter().getType() == Servers.class ? servers : servers.endpoints();
  }

  /** Lives in the root store, which closes it after the last test of the JVM. */
  private static SharedServers shared(ExtensionContext context) {
    return context
        .getRoot()
        .getStore(NAMESPACE)
        .computeIfAbsent(
            SharedServers.class,
            type -> new SharedServers(ServerSource.fromProperties()),
            SharedServers.class);
  }

  private static List<ServerKind> wanted(ExtensionContext context) {
    return AnnotationSupport.findAnnotation(
            context.getRequiredTestClass(), WithServers.class, context.getEnclosingTestClasses())
        .map(annotation -> List.of(annotation.value()))
        .orElseThrow(
            () -> new IllegalStateException(context.getDisplayName() + " lacks @WithServers"));
  }
}
