package dev.millrace.policy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.contracts.avro.PolicyVersion;
import dev.millrace.contracts.avro.WeightsKind;
import dev.millrace.models.checkpoint.Checkpoint;
import dev.millrace.models.checkpoint.CheckpointException;
import dev.millrace.models.checkpoint.ModelDirectory;
import dev.millrace.models.checkpoint.Tensor;
import dev.millrace.models.checkpoint.TensorType;
import dev.millrace.models.decoder.DecoderConfig;
import dev.millrace.models.decoder.DecoderLayout;
import dev.millrace.models.train.Lora;
import dev.millrace.models.train.LoraConfigJson;
import dev.millrace.models.train.LoraFiles;
import dev.millrace.runtime.StageContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Versions out of the log into Hugging Face directories, and such directories into the log. Needs
 * no libtorch.
 */
public final class PolicyDirectories {

  /** The run that stands in the manifest of what was imported. */
  public static final String IMPORT_RUN = "import";

  /**
   * What was imported.
   *
   * @param manifest of the new version
   * @param fencedRun the run that published the version before: a learner still at work for it has
   *     been shut out, and stops at its next step
   */
  public record Imported(PolicyVersion manifest, Optional<String> fencedRun) {}

  private final StageContext context;
  private final PolicySettings settings;
  private final PolicyVersions versions;

  public PolicyDirectories(StageContext context) {
    this.context = context;
    this.settings = PolicySettings.from(context.settings());
    this.versions = new PolicyVersions(context);
  }

  /** The transactional id of a run's learner; whoever takes it over shuts the learner out. */
  public static String learnerTransactionalId(StageContext context, String run) {
    return context.topics().prefix() + "learner-" + run;
  }

  /**
   * Writes a version as a directory that appears whole or not at all: config.json, the files of the
   * tokenizer, model.safetensors; of an adapter adapter_config.json and adapter_model.safetensors.
   *
   * @param target must not exist, or be an empty directory
   * @throws PolicyException if the version cannot be read
   * @throws CheckpointException if the target is in use
   */
  public void exportTo(PolicyVersion manifest, Path target) {
    Path absolute = target.toAbsolutePath().normalize();
    requireFree(absolute);
    Deadline deadline = Deadline.in(settings.loadDeadline());
    switch (manifest.getKind()) {
      case FULL -> {
        try (VersionFetch fetch = new VersionFetch(context)) {
          fetch.fetch(
              manifest,
              false,
              deadline,
              fetched -> {
                write(absolute, new PolicyFiles(fetched.verified()), fetched.tensors());
                return null;
              });
        }
      }
      case DELTA -> {
        try (Bases bases = new Bases(context)) {
          Whole whole = bases.whole(manifest, deadline);
          write(absolute, whole.files(), whole.published());
        }
      }
      case ADAPTER -> {
        try (Bases bases = new Bases(context)) {
          Bases.Adapter adapter = bases.adapter(manifest, deadline);
          staged(absolute, to -> LoraFiles.save(adapter.settings(), adapter.tensors(), to));
        }
      }
    }
  }

  /**
   * Writes an adapter and what it applies to as one model, in float32, as it is sampled from.
   *
   * @param manifest of an adapter
   * @throws PolicyException if the version cannot be read
   * @throws CheckpointException if the target is in use
   */
  public void exportMerged(PolicyVersion manifest, Path target) {
    Path absolute = target.toAbsolutePath().normalize();
    requireFree(absolute);
    try (Bases bases = new Bases(context)) {
      Bases.Adapter adapter = bases.adapter(manifest, Deadline.in(settings.loadDeadline()));
      write(absolute, adapter.base().files(), adapter.merged());
    }
  }

  private static void requireFree(Path target) {
    try {
      if (Files.exists(target)) {
        try (Stream<Path> inside = Files.isDirectory(target) ? Files.list(target) : null) {
          if (inside == null || inside.findAny().isPresent()) {
            throw new CheckpointException(
                target + " exists and is not empty; choose another place or remove it");
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(target + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static void write(Path target, PolicyFiles files, List<Tensor> tensors) {
    ObjectNode config = (ObjectNode) files.json(ModelDirectory.CONFIG);
    String dtype = tensors.getFirst().type() == TensorType.BF16 ? "bfloat16" : "float32";
    config.put("torch_dtype", dtype);
    if (config.has("dtype")) {
      config.put("dtype", dtype);
    }
    staged(
        target,
        whole -> {
          ModelDirectory.save(whole, config, tensors);
          for (Map.Entry<String, byte[]> file : files.files().entrySet()) {
            if (!file.getKey().equals(ModelDirectory.CONFIG)) {
              Files.write(whole.resolve(file.getKey()), file.getValue());
            }
          }
        });
  }

  private interface Writer {
    void write(Path directory) throws IOException;
  }

  /** Lets a directory be written beside the target, whose place it takes when it is whole. */
  private static void staged(Path target, Writer writer) {
    try {
      Files.createDirectories(target.getParent());
      Path staging =
          Files.createTempDirectory(target.getParent(), "." + target.getFileName() + ".export.");
      try {
        Path whole = staging.resolve("model");
        writer.write(whole);
        Files.deleteIfExists(target); // an empty directory
        Files.move(whole, target, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        delete(staging);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(target + ": cannot be written: " + e.getMessage(), e);
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> tree = Files.walk(folder)) {
      for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  /**
   * Publishes a directory as the next version of a policy, in a transaction of its own. Weights in
   * bfloat16 stay so, others are published in float32. A directory with an adapter becomes an
   * adapter of the weights that the newest version has, below its own adapter if it is one.
   *
   * <p>The transaction goes under the name of the learner whose run published the newest version,
   * so that two never publish the same number: a learner that is still at work is shut out, its
   * step in hand is undone and it stops. Of two imports at once, one fails.
   *
   * @throws CheckpointException if the directory holds no decoder that can be loaded, or an adapter
   *     that does not fit
   * @throws IllegalArgumentException if the directory holds an adapter of a kind that is not known
   * @throws PolicyException if somebody else took over meanwhile, or Kafka did not answer in time
   */
  public Imported importFrom(Path directory, String policy) {
    PolicyDraft.requireName(policy);
    return Files.exists(directory.resolve(LoraConfigJson.FILE))
            && !Files.exists(directory.resolve(ModelDirectory.CONFIG))
        ? importAdapter(directory, policy)
        : importModel(directory, policy);
  }

  private Imported importModel(Path directory, String policy) {
    ModelDirectory model = ModelDirectory.open(directory);
    PolicyFiles files = PolicyFiles.of(model);
    DecoderConfig config = files.config();
    try (Checkpoint weights = model.weights()) {
      weights.require(DecoderLayout.of(config).expectation(config));
      List<Tensor> tensors =
          DecoderLayout.of(config).names().stream()
              .<Tensor>map(name -> weights.tensors().get(name))
              .toList();
      WeightsType type =
          tensors.stream().allMatch(tensor -> tensor.type() == TensorType.BF16)
              ? WeightsType.BFLOAT16
              : WeightsType.FLOAT32;
      return publish(
          policy,
          (version, newest) ->
              new PolicyDraft(
                  policy, version, IMPORT_RUN, 0, Optional.empty(), type, tensors, files, 0));
    }
  }

  private Imported importAdapter(Path directory, String policy) {
    Lora.Settings adapter = LoraFiles.settings(directory);
    try (Checkpoint weights = Checkpoint.open(directory, Checkpoint.ADAPTER)) {
      List<Tensor> tensors = List.copyOf(weights.tensors().values());
      return publish(
          policy,
          (version, newest) -> {
            PolicyVersion base = base(directory, policy, newest);
            Map<String, byte[]> files = Manifests.inlineFiles(versions.withFiles(base));
            return PolicyDraft.adapter(
                policy,
                version,
                IMPORT_RUN,
                0,
                new PolicyDraft.AdapterOf(base.getVersion(), base.getSha256(), adapter),
                tensors,
                new PolicyFiles(files));
          });
    }
  }

  private PolicyVersion base(Path directory, String policy, Optional<PolicyVersion> newest) {
    PolicyVersion found =
        newest.orElseThrow(
            () ->
                new PolicyException(
                    PolicyException.Reason.NOT_FOUND,
                    "%s holds an adapter, and policy %s has no weights that it could adapt: import the model first"
                        .formatted(directory, policy)));
    return found.getKind() == WeightsKind.ADAPTER ? versions.base(found) : found;
  }

  /** Makes what is imported, given its number and the newest version there is. */
  private interface Drafting {
    PolicyDraft draft(long version, Optional<PolicyVersion> newest);
  }

  private Imported publish(String policy, Drafting drafting) {
    Optional<String> run =
        versions.newest(policy).map(PolicyVersion::getRun).filter(r -> !r.equals(IMPORT_RUN));
    String id =
        run.map(r -> learnerTransactionalId(context, r))
            .orElse(context.topics().prefix() + "import-" + policy);
    try (Producer<byte[], byte[]> producer = producer(id)) {
      producer.initTransactions();
      return new Imported(publish(producer, policy, drafting), run);
    } catch (ProducerFencedException | InvalidProducerEpochException e) {
      throw new PolicyException(
          PolicyException.Reason.CONFLICT,
          "somebody else began to publish policy "
              + policy
              + " meanwhile: nothing was imported, look at its versions and try again",
          e);
    }
  }

  private Producer<byte[], byte[]> producer(String transactionalId) {
    Map<String, Object> map = PolicyPublisher.producerSettings(context.kafka(), "policy-import");
    map.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, transactionalId);
    map.put(
        ProducerConfig.TRANSACTION_TIMEOUT_CONFIG,
        (int) settings.publishDeadline().plus(Duration.ofSeconds(60)).toMillis());
    return new KafkaProducer<>(map, new ByteArraySerializer(), new ByteArraySerializer());
  }

  private PolicyVersion publish(
      Producer<byte[], byte[]> producer, String policy, Drafting drafting) {
    // Read again: the learner that has been shut out may have published one more.
    Optional<PolicyVersion> newest = versions.newest(policy);
    PolicyDraft draft =
        drafting.draft(1 + newest.map(PolicyVersion::getVersion).orElse(0L), newest);
    producer.beginTransaction();
    try {
      PolicyVersion manifest = new PolicyPublisher(context).publish(producer, draft);
      producer.commitTransaction();
      return manifest;
    } catch (ProducerFencedException | InvalidProducerEpochException e) {
      throw e;
    } catch (RuntimeException e) {
      try {
        producer.abortTransaction();
      } catch (KafkaException also) {
        e.addSuppressed(also);
      }
      throw e;
    }
  }
}
