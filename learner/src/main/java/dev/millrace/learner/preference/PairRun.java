package dev.millrace.learner.preference;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.learner.engine.StartPolicy;
import dev.millrace.models.checkpoint.Checkpoint;
import dev.millrace.models.checkpoint.CheckpointException;
import dev.millrace.models.checkpoint.ModelDirectory;
import dev.millrace.models.decoder.DecoderConfig;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.models.tokenizer.TokenizerException;
import dev.millrace.models.train.ValueHead;
import dev.millrace.models.train.ValueScorer;
import dev.millrace.policy.PolicyFiles;
import dev.millrace.policy.PolicyText;
import dev.millrace.runtime.SettingsException;
import dev.millrace.runtime.StageContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Trains a reward model or a policy on pairs, as a whole: from a model and pairs to a directory
 * that appears when all is done, with {@value PairReport#FILE} in it.
 */
public final class PairRun {

  private static final JsonMapper JSON = new JsonMapper();
  private static final Duration READ = Duration.ofMinutes(5);

  private final StageContext context;
  private final PairRunSettings settings;
  private final TorchRuntime runtime;

  public PairRun(StageContext context, PairRunSettings settings, TorchRuntime runtime) {
    this.context = Objects.requireNonNull(context, "context");
    this.settings = Objects.requireNonNull(settings, "settings");
    this.runtime = Objects.requireNonNull(runtime, "runtime");
  }

  /**
   * Does it all.
   *
   * @param target must not exist, or be an empty directory
   * @throws SettingsException if model, pairs or target cannot be used; the message names what
   * @throws PairTrainingException if training breaks down
   */
  public PairReport into(Path target, PairListener listener) {
    Path absolute = target.toAbsolutePath().normalize();
    requireFree(absolute);
    StartPolicy start = StartPolicy.open(settings.start(), "", settings.seed(), context, runtime);
    try (DecoderWeights weights = start.weights();
        PolicyText text = PolicyText.open(start.files())) {
      String before = weights.sha256();
      var pairs = new PairSet(text, start.files().config().maxPositions(), settings.heldOut());
      read(pairs);
      PairCounts counts = pairs.counts();
      if (counts.training() == 0) {
        throw new SettingsException("pairs: there is nothing to learn from: " + counts.describe());
      }
      listener.pairs(counts);
      try (ValueHead head = head(weights.config());
          PairTrainer trainer = trainer(weights, head)) {
        List<PairEpoch> epochs =
            new PairSteps(trainer, settings.training(), settings.seed())
                .run(pairs.training(), pairs.heldOut(), listener);
        var report = new PairReport(settings, counts, epochs, before, weights.sha256());
        save(absolute, start.files(), weights, head, report);
        return report;
      }
    } catch (CheckpointException | TokenizerException e) {
      throw new SettingsException("start: " + e.getMessage());
    }
  }

  private void read(PairSet pairs) {
    if (settings.pairs().file() != null) {
      PairLines.read(Path.of(settings.pairs().file()), pairs::add);
    } else {
      FeedbackPairs.read(context, settings.pairs().feedback(), READ).forEach(pairs::add);
    }
  }

  /** Null for a policy. That of a reward model which is trained further is kept. */
  private ValueHead head(DecoderConfig config) {
    if (settings.kind() == PairKind.DPO) {
      return null;
    }
    Optional<Path> trained =
        Optional.ofNullable(settings.start().directory()).map(Path::of).filter(ValueScorer::isIn);
    if (trained.isEmpty()) {
      return ValueHead.zero(runtime, config);
    }
    try (Checkpoint saved = Checkpoint.open(trained.get(), ValueScorer.HEAD)) {
      return ValueHead.of(runtime, config, saved.tensors());
    }
  }

  private PairTrainer trainer(DecoderWeights weights, ValueHead head) {
    return head == null
        ? new DpoTrainer(weights, settings.training())
        : new RewardModelTrainer(weights, head);
  }

  private static void requireFree(Path target) {
    try (Stream<Path> inside = Files.isDirectory(target) ? Files.list(target) : Stream.empty()) {
      if (Files.exists(target) && (!Files.isDirectory(target) || inside.findAny().isPresent())) {
        throw new SettingsException(
            "output.directory: %s exists: name a folder that does not".formatted(target));
      }
    } catch (IOException e) {
      throw new SettingsException("output.directory: %s cannot be read: %s".formatted(target, e));
    }
  }

  private static void save(
      Path target, PolicyFiles files, DecoderWeights weights, ValueHead head, PairReport report) {
    try {
      Files.createDirectories(target.getParent());
      Path staging =
          Files.createTempDirectory(target.getParent(), "." + target.getFileName() + ".partial.");
      try {
        Path whole = Files.createDirectory(staging.resolve("model"));
        if (head == null) {
          weights.save(whole);
        } else {
          ValueScorer.save(weights, head, whole);
        }
        for (var file : files.files().entrySet()) {
          Files.write(whole.resolve(file.getKey()), file.getValue());
        }
        Files.write(whole.resolve(ModelDirectory.CONFIG), config(files));
        Files.writeString(whole.resolve(PairReport.FILE), report.json().toPrettyString() + "\n");
        Files.deleteIfExists(target); // an empty directory
        Files.move(whole, target, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        delete(staging);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(target + " cannot be written: " + e.getMessage(), e);
    }
  }

  /** The model's own, since it may say more than we read; only the type has changed. */
  private static byte[] config(PolicyFiles files) throws IOException {
    byte[] own = files.files().get(ModelDirectory.CONFIG);
    ObjectNode config = (ObjectNode) JSON.readTree(own);
    config.put(config.has("dtype") ? "dtype" : "torch_dtype", "float32");
    return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(config);
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> tree = Files.walk(folder)) {
      for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
