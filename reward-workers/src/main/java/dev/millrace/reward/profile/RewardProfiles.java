package dev.millrace.reward.profile;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.reward.function.Options;
import dev.millrace.reward.function.RewardRegistry;
import dev.millrace.reward.profile.RewardProfile.Component;
import dev.millrace.runtime.SettingsException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The reward profiles by name: ours, and those of a file, which go before. A file is a JSON object
 * of profiles, each a list of rewards: {@code {"sums": [{"reward": "numeric", "weight": 1.0,
 * "name": "right", "relative": 1e-6}]}}. {@code name} is the reward's and {@code weight} is 1 where
 * they are not given; everything else is an option of the reward. Comments are allowed.
 */
public final class RewardProfiles implements AutoCloseable {

  private static final String BUILT_IN = "/dev/millrace/reward/profiles.json";
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .enable(JsonReadFeature.ALLOW_JAVA_COMMENTS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  private final Map<String, RewardProfile> profiles = new TreeMap<>();

  /** Profiles made by hand; a later one replaces an earlier one of its name. */
  public RewardProfiles(Collection<RewardProfile> profiles) {
    profiles.forEach(profile -> this.profiles.put(profile.name(), profile));
  }

  /**
   * Ours and those of {@code file}.
   *
   * @throws SettingsException naming the file, the profile and what is wrong with it
   */
  public static RewardProfiles load(RewardRegistry registry, Optional<Path> file) {
    List<RewardProfile> all = new ArrayList<>(builtIn(registry));
    file.ifPresent(path -> all.addAll(parse(registry, path.toString(), read(path))));
    return new RewardProfiles(all);
  }

  private static List<RewardProfile> builtIn(RewardRegistry registry) {
    try (InputStream in = RewardProfiles.class.getResourceAsStream(BUILT_IN)) {
      return parse(registry, "built-in profiles", in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] read(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new SettingsException(
          "reward profiles cannot be read from %s (%s)"
              .formatted(file, e.getClass().getSimpleName()));
    }
  }

  static List<RewardProfile> parse(RewardRegistry registry, String origin, byte[] json) {
    JsonNode root;
    try {
      root = JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new SettingsException(
          "%s:%d is not JSON: %s"
              .formatted(origin, e.getLocation().getLineNr(), e.getOriginalMessage()));
    } catch (IOException e) {
      throw new SettingsException(origin + " is not JSON: " + e.getMessage());
    }
    if (!root.isObject()) {
      throw new SettingsException(origin + " must be an object of profiles by name");
    }
    List<RewardProfile> profiles = new ArrayList<>();
    root.properties()
        .forEach(
            entry -> {
              try {
                profiles.add(profile(registry, entry.getKey(), entry.getValue()));
              } catch (IllegalArgumentException e) {
                throw new SettingsException(
                    "%s: profile '%s': %s".formatted(origin, entry.getKey(), e.getMessage()));
              }
            });
    return profiles;
  }

  private static RewardProfile profile(RewardRegistry registry, String name, JsonNode rewards) {
    if (!rewards.isArray()) {
      throw new IllegalArgumentException("must be a list of rewards");
    }
    List<Component> components = new ArrayList<>();
    for (JsonNode reward : rewards) {
      if (!reward.isObject() || !reward.path("reward").isTextual()) {
        throw new IllegalArgumentException(
            "a reward is an object such as {\"reward\": \"numeric\", \"weight\": 1}, not "
                + reward);
      }
      components.add(component(registry, (ObjectNode) reward));
    }
    return new RewardProfile(name, components);
  }

  private static Component component(RewardRegistry registry, ObjectNode reward) {
    String type = reward.get("reward").textValue();
    ObjectNode options = reward.deepCopy();
    options.remove(List.of("reward", "name", "weight"));
    JsonNode name = reward.path("name");
    JsonNode weight = reward.path("weight");
    if (!(name.isMissingNode() || name.isTextual() && !name.textValue().isBlank())) {
      throw new IllegalArgumentException("'name' must be a string: " + name);
    }
    if (!(weight.isMissingNode() || weight.isNumber())) {
      throw new IllegalArgumentException("'weight' must be a number: " + weight);
    }
    try {
      return new Component(
          name.asText(type).isEmpty() ? type : name.asText(type),
          registry.create(type, new Options(options)),
          weight.asDouble(1.0));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("reward '" + type + "': " + e.getMessage(), e);
    }
  }

  public Optional<RewardProfile> find(String name) {
    return Optional.ofNullable(profiles.get(name));
  }

  /** All names, in order. */
  public List<String> names() {
    return List.copyOf(profiles.keySet());
  }

  /** Frees what the functions hold. */
  @Override
  public void close() {
    profiles
        .values()
        .forEach(profile -> profile.components().forEach(part -> part.function().close()));
  }
}
