package dev.millrace.devstack.opensearch;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.opensearch.common.logging.LogConfigurator;
import org.opensearch.common.settings.Settings;
import org.opensearch.env.Environment;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.node.NodeValidationException;

/**
 * One real OpenSearch node. Arguments: the configuration folder, then settings as {@code
 * name=value}. The distribution's own start script refuses to run as root and wants files in its
 * home; a subclass of {@code Node} does neither, and loads modules and plugins all the same.
 */
public final class OpenSearchMain {
  private OpenSearchMain() {}

  private static final class StandaloneNode extends Node {
    StandaloneNode(Environment environment) {
      super(environment, List.of(), true);
    }
  }

  public static void main(String[] args) throws Exception {
    if (args.length < 2) {
      System.err.println("usage: OpenSearchMain CONFIG-FOLDER NAME=VALUE...");
      System.exit(2);
    }
    Map<String, String> settings = new HashMap<>();
    for (String argument : List.of(args).subList(1, args.length)) {
      int equals = argument.indexOf('=');
      if (equals < 1) {
        throw new IllegalArgumentException("not a setting of the form name=value: " + argument);
      }
      settings.put(argument.substring(0, equals), argument.substring(equals + 1));
    }
    String nodeName = settings.getOrDefault("node.name", "millrace");
    Environment environment =
        InternalSettingsPreparer.prepareEnvironment(
            Settings.EMPTY, settings, Path.of(args[0]), () -> nodeName);
    LogConfigurator.setNodeName(nodeName);
    LogConfigurator.configure(environment);
    start(new StandaloneNode(environment));
  }

  private static void start(Node node) throws NodeValidationException, InterruptedException {
    Runtime.getRuntime().addShutdownHook(new Thread(() -> close(node), "opensearch-shutdown"));
    node.start();
    Thread.currentThread().join();
  }

  private static void close(Node node) {
    try {
      node.close();
    } catch (IOException e) {
      System.err.println("OpenSearch did not close cleanly: " + e);
    }
  }
}
