package dev.millrace.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.millrace.runtime.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What can be known of the files in infra/deploy without starting a container. */
class DeployFilesTest {

  private static final Path DEPLOY = Path.of("../deploy");
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

  private static List<Path> files(String... endings) throws IOException {
    try (Stream<Path> all = Files.walk(DEPLOY)) {
      return all.filter(Files::isRegularFile)
          .filter(file -> Stream.of(endings).anyMatch(file.toString()::endsWith))
          .toList();
    }
  }

  private static List<JsonNode> documents(Path file) throws IOException {
    try (var all = YAML.readerFor(JsonNode.class).<JsonNode>readValues(file.toFile())) {
      return all.readAll();
    }
  }

  @Test
  void every_file_can_be_parsed() throws IOException {
    assertThat(files(".json", ".yaml", ".yml")).hasSizeGreaterThanOrEqualTo(7);
    for (Path file : files(".yaml", ".yml")) {
      assertThat(documents(file)).as(file.toString()).isNotEmpty().allMatch(JsonNode::isObject);
    }
    for (Path file : files(".json")) {
      assertThat(JSON.readTree(file.toFile()).isObject()).as(file.toString()).isTrue();
    }
  }

  @Test
  void every_target_runs_somewhere_and_none_is_invented() throws IOException {
    for (String file : List.of("compose.yaml", "kubernetes/millrace.yaml")) {
      Matcher words = Pattern.compile("--target=([a-z,]+)").matcher(text(DEPLOY.resolve(file)));
      Set<Target> targets = new TreeSet<>();
      while (words.find()) {
        assertThatCode(() -> Target.parse(words.group(1))).as(file).doesNotThrowAnyException();
        targets.addAll(Target.parse(words.group(1)));
      }
      assertThat(targets)
          .as(file)
          .contains(
              Target.PREPROCESS,
              Target.EMBED,
              Target.ROLLOUT,
              Target.REWARD,
              Target.LEARNER,
              Target.SERVING,
              Target.MONITOR);
    }
  }

  @Test
  void every_setting_that_is_given_exists() throws IOException {
    Set<String> known =
        Settings.of(Map.of()).below("millrace.").keySet().stream()
            .map(
                key ->
                    "MILLRACE_"
                        + key.replaceAll("[^A-Za-z0-9]", "_").toUpperCase(java.util.Locale.ROOT))
            .collect(Collectors.toCollection(TreeSet::new));
    known.addAll(Set.of("MILLRACE_SERVING_API_KEYS", "MILLRACE_API_KEYS"));
    for (Path file : files(".yaml")) {
      Matcher words = Pattern.compile("\\bMILLRACE_[A-Z_]+").matcher(text(file));
      while (words.find()) {
        assertThat(known).as(file + ": " + words.group()).contains(words.group());
      }
    }
  }

  @Test
  void kubernetes_objects_are_named_selected_and_probed() throws IOException {
    for (JsonNode object : documents(DEPLOY.resolve("kubernetes/millrace.yaml"))) {
      assertThat(object.path("apiVersion").asText()).isNotEmpty();
      assertThat(object.at("/metadata/name").asText()).startsWith("millrace");
      if (Set.of("Deployment", "StatefulSet").contains(object.path("kind").asText())) {
        assertThat(object.at("/spec/selector/matchLabels"))
            .isEqualTo(object.at("/spec/template/metadata/labels"));
        JsonNode container = object.at("/spec/template/spec/containers/0");
        assertThat(container.at("/readinessProbe/httpGet/path").asText())
            .isEqualTo("/q/health/ready");
        assertThat(container.at("/livenessProbe/httpGet/path").asText())
            .isEqualTo("/q/health/live");
      }
    }
  }

  @Test
  void dashboard_and_rules_ask_for_metrics_that_the_code_registers() throws IOException {
    String sources = sources();
    Set<String> asked = new TreeSet<>();
    List<String> texts = new ArrayList<>(List.of(text(DEPLOY.resolve("prometheus/alarms.yml"))));
    JSON.readTree(DEPLOY.resolve("grafana/dashboards/millrace.json").toFile())
        .findValues("expr")
        .forEach(expression -> texts.add(expression.asText()));
    for (String one : texts) {
      Matcher names =
          Pattern.compile(
                  "\\b(kafka|millrace|time_to|generation|prompt|num_requests)_[a-z0-9_]+\\b")
              .matcher(one);
      while (names.find()) {
        asked.add(names.group());
      }
    }
    assertThat(asked).hasSizeGreaterThan(20);
    for (String name : asked) {
      String registered =
          name.replaceFirst("_total$", "").replaceFirst("_seconds_(sum|count|max)$", "");
      // The learner's gauges are named after the metrics of its entries.
      String ofLearner = registered.replaceFirst("^millrace_learner_", "");
      boolean known =
          sources.contains('"' + registered + '"')
              || registered.startsWith("millrace_learner_")
                  && (sources.contains('"' + ofLearner + '"')
                      || sources.contains('"' + ofLearner.replaceFirst("_", ".") + '"'));
      assertThat(known).as(name).isTrue();
    }
  }

  private static String sources() throws IOException {
    var all = new StringBuilder();
    try (Stream<Path> files = Files.walk(Path.of("../.."))) {
      for (Path file :
          files
              .filter(path -> path.toString().contains("/src/main/java/"))
              .filter(path -> path.toString().endsWith(".java"))
              .toList()) {
        all.append(text(file));
      }
    }
    return all.toString();
  }

  private static String text(Path file) throws IOException {
    return Files.readString(file);
  }
}
