package dev.millrace.policy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.millrace.contracts.avro.PolicyVersion;
import dev.millrace.contracts.avro.TensorEntry;
import dev.millrace.contracts.avro.WeightsKind;
import dev.millrace.models.checkpoint.CheckpointException;
import dev.millrace.models.checkpoint.ModelDirectory;
import dev.millrace.models.checkpoint.Tensor;
import dev.millrace.models.checkpoint.TensorInfo;
import dev.millrace.models.checkpoint.TensorType;
import dev.millrace.models.decoder.DecoderConfig;
import dev.millrace.models.decoder.DecoderLayout;
import dev.millrace.models.train.Lora;
import dev.millrace.models.train.LoraConfigJson;
import dev.millrace.models.train.LoraLayout;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;

/** What a manifest says, checked: it comes from a log that others write. */
final class Manifests {

  private static final JsonMapper JSON = new JsonMapper();

  private Manifests() {}

  /** As it is named in messages. */
  static String describe(PolicyVersion manifest) {
    return "version %d of policy %s".formatted(manifest.getVersion(), manifest.getPolicy());
  }

  /**
   * @throws PolicyException if this build cannot load such a version
   */
  static void requireLoadable(PolicyVersion manifest) {
    boolean whole = manifest.getKind() == WeightsKind.FULL;
    if (whole == (manifest.getBaseVersion() != null)
        || !whole && manifest.getBaseVersion() >= manifest.getVersion()) {
      throw new PolicyException(
          PolicyException.Reason.CORRUPT,
          "%s is of the kind %s and applies to version %s, which cannot be"
              .formatted(describe(manifest), manifest.getKind(), manifest.getBaseVersion()));
    }
    String type = WeightsType.of(manifest.getDtype()).tensorType().name();
    for (TensorEntry entry : manifest.getTensors()) {
      if (!entry.getDtype().equals(type)) {
        throw new PolicyException(
            PolicyException.Reason.CORRUPT,
            "%s is of the type %s, its tensor %s of %s"
                .formatted(describe(manifest), type, entry.getName(), entry.getDtype()));
      }
    }
    long records = manifest.getLastOffset() - manifest.getFirstOffset() + 1;
    // Bounds what a broken manifest can make us allocate.
    if (records < 1
        || manifest.getFirstOffset() < 0
        || manifest.getBytes() < 1
        || manifest.getBytes() / records > 2L * PolicyPublisher.RECORD_BYTES) {
      throw new PolicyException(
          PolicyException.Reason.CORRUPT,
          "%s: its manifest puts %d bytes at offsets %d to %d, which cannot be"
              .formatted(
                  describe(manifest),
                  manifest.getBytes(),
                  manifest.getFirstOffset(),
                  manifest.getLastOffset()));
    }
  }

  /** Bytes of all tensors together. */
  static long tensorLength(PolicyVersion manifest) {
    return manifest.getTensors().stream().mapToLong(TensorEntry::getEnd).max().orElse(0);
  }

  static TensorInfo info(TensorEntry entry) {
    try {
      return new TensorInfo(
          entry.getName(),
          TensorType.valueOf(entry.getDtype()),
          entry.getShape().stream().mapToLong(Long::longValue).toArray());
    } catch (IllegalArgumentException e) {
      throw new PolicyException(
          PolicyException.Reason.CORRUPT,
          "tensor " + entry.getName() + " of a manifest cannot be: " + e.getMessage(),
          e);
    }
  }

  /** The files that stand in the manifest itself. */
  static Map<String, byte[]> inlineFiles(PolicyVersion manifest) {
    Map<String, byte[]> files = new TreeMap<>();
    manifest
        .getFiles()
        .forEach((name, text) -> files.put(name, text.getBytes(StandardCharsets.UTF_8)));
    return files;
  }

  /** The shape of the model, known before its weights are. */
  static DecoderConfig config(PolicyVersion manifest) {
    String what = describe(manifest);
    String config = manifest.getFiles().get(ModelDirectory.CONFIG);
    if (config == null) {
      throw new PolicyException(PolicyException.Reason.UNFIT, what + " has no config.json");
    }
    try {
      return new PolicyFiles(Map.of(ModelDirectory.CONFIG, config.getBytes(StandardCharsets.UTF_8)))
          .config();
    } catch (IllegalArgumentException e) {
      throw new PolicyException(PolicyException.Reason.UNFIT, what + ": " + e.getMessage(), e);
    }
  }

  /**
   * @throws PolicyException naming the tensors that the model lacks or does not know
   */
  static void requireFit(String what, DecoderConfig config, Collection<Tensor> tensors) {
    try {
      DecoderLayout.of(config).expectation(config).check(what, tensors);
    } catch (CheckpointException e) {
      throw new PolicyException(PolicyException.Reason.UNFIT, e.getMessage(), e);
    }
  }

  /**
   * @throws PolicyException naming the tensors that do not belong to the model or the adapter
   */
  static void requireFit(String what, PolicyDraft draft, Collection<Tensor> tensors) {
    DecoderConfig config = draft.files().config();
    if (draft.adapterOf().isPresent()) {
      requireFit(what, config, draft.adapterOf().get().settings(), tensors);
    } else {
      requireFit(what, config, tensors);
    }
  }

  /**
   * @throws PolicyException naming the tensors of an adapter that do not fit the model
   */
  static void requireFit(
      String what, DecoderConfig config, Lora.Settings settings, Collection<Tensor> tensors) {
    try {
      LoraLayout.expectation(config, settings).check(what, tensors);
    } catch (CheckpointException e) {
      throw new PolicyException(PolicyException.Reason.UNFIT, e.getMessage(), e);
    }
  }

  /** How an adapter was made. */
  static Lora.Settings adapter(PolicyVersion manifest) {
    String what = describe(manifest);
    String json = manifest.getFiles().get(LoraConfigJson.FILE);
    if (json == null) {
      throw new PolicyException(
          PolicyException.Reason.UNFIT, what + " has no " + LoraConfigJson.FILE);
    }
    try {
      return LoraConfigJson.parse(JSON.readTree(json), what);
    } catch (JsonProcessingException e) {
      throw new PolicyException(
          PolicyException.Reason.UNFIT,
          "%s: its %s is not JSON: %s".formatted(what, LoraConfigJson.FILE, e.getOriginalMessage()),
          e);
    } catch (IllegalArgumentException e) {
      throw new PolicyException(PolicyException.Reason.UNFIT, e.getMessage(), e);
    }
  }

  static PolicyException noMemory(String what, long bytes, OutOfMemoryError error) {
    return new PolicyException(
        PolicyException.Reason.NO_MEMORY,
        "%s needs more memory than this process may take (%d MiB of weights, %s): give it more with -Xmx"
            .formatted(what, bytes >> 20, error.getMessage()),
        error);
  }
}
