package dev.millrace.learner.engine;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.contracts.avro.PolicyVersion;
import dev.millrace.learner.curriculum.Seeds;
import dev.millrace.learner.run.RunSettings;
import dev.millrace.learner.run.StartSettings;
import dev.millrace.models.checkpoint.CheckpointException;
import dev.millrace.models.checkpoint.ModelDirectory;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.decoder.Initialisation;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.models.tokenizer.CharacterTokenizer;
import dev.millrace.models.tokenizer.TokenizerDefinition;
import dev.millrace.policy.LoadedPolicy;
import dev.millrace.policy.PolicyFiles;
import dev.millrace.policy.PolicyLoader;
import dev.millrace.policy.PolicyVersions;
import dev.millrace.runtime.SettingsException;
import dev.millrace.runtime.StageContext;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;

/**
 * The policy that a run begins with.
 *
 * @param weights the caller's to close
 */
public record StartPolicy(PolicyFiles files, DecoderWeights weights) {

  static final Duration LOAD = Duration.ofMinutes(10);

  /**
   * Makes or loads that of a run.
   *
   * @throws SettingsException if there is no such policy; the message names the key
   */
  public static StartPolicy open(RunSettings settings, StageContext context, TorchRuntime runtime) {
    return open(settings.start(), settings.policy(), settings.seed(), context, runtime);
  }

  /**
   * Makes or loads one.
   *
   * @param policy whose versions are meant where none is named
   * @param seed of random weights
   * @throws SettingsException if there is no such policy; the message names the key
   */
  public static StartPolicy open(
      StartSettings start, String policy, long seed, StageContext context, TorchRuntime runtime) {
    try {
      if (start.random() != null) {
        return random(start.random(), seed, runtime);
      }
      return start.directory() != null
          ? directory(Path.of(start.directory()), runtime)
          : published(start.published(), policy, context, runtime);
    } catch (CheckpointException e) {
      throw new SettingsException("start: " + e.getMessage());
    } catch (IllegalArgumentException e) {
      throw e instanceof SettingsException known
          ? known
          : new SettingsException("start: " + e.getMessage());
    }
  }

  /** The files of a policy from nothing. */
  static PolicyFiles files(StartSettings.Random random) {
    TokenizerDefinition tokenizer =
        CharacterTokenizer.of(random.alphabet(), random.special())
            .withRole("eos_token", StartSettings.END);
    // What a config.json leaves out is made explicit, so that every reader means the same model.
    return new PolicyFiles(
        Map.of(
            ModelDirectory.CONFIG, bytes(random.modelOf(tokenizer.size())),
            ModelDirectory.TOKENIZER, bytes(tokenizer.tokenizer()),
            ModelDirectory.TOKENIZER_CONFIG, bytes(tokenizer.config())));
  }

  private static byte[] bytes(ObjectNode json) {
    return json.toPrettyString().getBytes(StandardCharsets.UTF_8);
  }

  private static StartPolicy random(StartSettings.Random random, long seed, TorchRuntime runtime) {
    PolicyFiles files = files(random);
    var how = Initialisation.valueOf(random.initialisation().toUpperCase(Locale.ROOT));
    return new StartPolicy(
        files, DecoderWeights.random(runtime, files.config(), how, Seeds.train(seed, -1)));
  }

  private static StartPolicy directory(Path path, TorchRuntime runtime) {
    PolicyFiles files = PolicyFiles.of(ModelDirectory.open(path));
    return new StartPolicy(files, DecoderWeights.load(runtime, path));
  }

  private static StartPolicy published(
      StartSettings.Published wanted, String own, StageContext context, TorchRuntime runtime) {
    String policy = wanted.policy() == null ? own : wanted.policy();
    var versions = new PolicyVersions(context);
    PolicyVersion manifest =
        (wanted.version() == null
                ? versions.newest(policy)
                : versions.find(policy, wanted.version()))
            .orElseThrow(
                () ->
                    new SettingsException(
                        "start.published: policy '%s' has no version %s; list them with millrace weights list"
                            .formatted(
                                policy, wanted.version() == null ? "at all" : wanted.version())));
    return load(manifest, context, runtime);
  }

  /** A version from the log. */
  static StartPolicy load(PolicyVersion manifest, StageContext context, TorchRuntime runtime) {
    try (var loader = new PolicyLoader(context, runtime)) {
      LoadedPolicy loaded = loader.load(manifest, LOAD);
      return new StartPolicy(loaded.files(), loaded.weights());
    }
  }
}
