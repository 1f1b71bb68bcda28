package dev.millrace.policy;

import dev.millrace.contracts.avro.PolicyVersion;
import dev.millrace.contracts.avro.WeightsKind;
import dev.millrace.models.checkpoint.Tensor;
import dev.millrace.models.checkpoint.TensorType;
import dev.millrace.models.decoder.DecoderConfig;
import dev.millrace.models.train.Lora;
import dev.millrace.models.train.LoraLayout;
import dev.millrace.runtime.StageContext;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Brings versions from the log whatever their kind, and finds what they apply to. The last base is
 * kept, since the next version mostly applies to it as well; a process that meets whole versions
 * only keeps nothing. For one thread at a time.
 */
final class Bases implements AutoCloseable {

  /** An adapter, and the weights below it. */
  record Adapter(Lora.Settings settings, Map<String, ByteBuffer> floats, Whole base) {

    /** The model that it makes of the base, in float32; computed when it is read. */
    List<Tensor> merged() {
      Map<String, Tensor> own = new HashMap<>();
      tensors().forEach(tensor -> own.put(tensor.name(), tensor));
      Map<String, LoraLayout.Pair> pairs = new HashMap<>();
      LoraLayout.pairs(base.config(), settings).forEach(pair -> pairs.put(pair.weight(), pair));
      return base.tensors().stream()
          .map(
              tensor -> {
                LoraLayout.Pair pair = pairs.get(tensor.name());
                return pair == null
                    ? tensor
                    : new MergedTensor(
                        tensor, own.get(pair.a()), own.get(pair.b()), settings.scale());
              })
          .toList();
    }

    /** Its tensors, by their names in an adapter file. */
    List<Tensor> tensors() {
      return LoraLayout.shapes(base.config(), settings).entrySet().stream()
          .map(
              entry ->
                  Tensor.of(
                      entry.getKey(), TensorType.F32, entry.getValue(), floats.get(entry.getKey())))
          .toList();
    }
  }

  private final PolicyVersions versions;
  private final VersionFetch fetch;
  private Whole kept;
  private boolean deltas; // whether a delta was the last to apply to something

  Bases(StageContext context) {
    this.versions = new PolicyVersions(context);
    this.fetch = new VersionFetch(context);
  }

  /**
   * @param manifest of any kind but an adapter
   * @throws PolicyException saying what is wrong with it, or with what it applies to
   */
  Whole whole(PolicyVersion manifest, Deadline deadline) {
    Whole whole;
    if (manifest.getKind() == WeightsKind.DELTA) {
      whole = applied(manifest, base(manifest, deadline), deadline);
    } else {
      whole = fetch.fetch(manifest, true, deadline, fetched -> whole(manifest, fetched));
      kept = deltas ? whole : null; // the next ones will apply to it
    }
    return whole;
  }

  private Whole whole(PolicyVersion manifest, VersionFetch.Fetched fetched) {
    DecoderConfig config = Manifests.config(manifest);
    Manifests.requireFit(fetched.what(), config, fetched.tensors());
    Map<String, ByteBuffer> floats = fetched.finiteFloats();
    return new Whole(manifest, new PolicyFiles(fetched.verified()), floats);
  }

  private Whole applied(PolicyVersion manifest, Whole base, Deadline deadline) {
    if (!manifest.getDtype().equals(base.manifest().getDtype())
        || !manifest.getTensors().equals(base.manifest().getTensors())) {
      throw new PolicyException(
          PolicyException.Reason.UNFIT,
          "%s is the difference from weights of another shape or type than %s has"
              .formatted(Manifests.describe(manifest), Manifests.describe(base.manifest())));
    }
    return fetch.fetchDelta(
        manifest,
        new WeightsBytes(base.published(), Map.of()),
        deadline,
        fetched -> {
          Map<String, ByteBuffer> floats = fetched.finiteFloats();
          fetched.verified();
          return new Whole(manifest, base.files(), floats);
        });
  }

  /**
   * @throws PolicyException if it does not fit its base, or that is not what it was made for
   */
  Adapter adapter(PolicyVersion manifest, Deadline deadline) {
    Lora.Settings settings = Manifests.adapter(manifest);
    Whole base = base(manifest, deadline);
    return fetch.fetch(
        manifest,
        true,
        deadline,
        fetched -> {
          Manifests.requireFit(fetched.what(), base.config(), settings, fetched.tensors());
          Map<String, ByteBuffer> floats = fetched.finiteFloats();
          fetched.verified();
          return new Adapter(settings, floats, base);
        });
  }

  private Whole base(PolicyVersion of, Deadline deadline) {
    Manifests.requireLoadable(of);
    Whole base = kept;
    if (base == null
        || !base.manifest().getPolicy().equals(of.getPolicy())
        || base.manifest().getVersion() != of.getBaseVersion()) {
      PolicyVersion manifest = find(of);
      requireMeant(of, manifest);
      base = whole(manifest, deadline);
    }
    requireMeant(of, base.manifest());
    kept = base;
    deltas = of.getKind() == WeightsKind.DELTA;
    return base;
  }

  private PolicyVersion find(PolicyVersion of) {
    PolicyVersion found = versions.base(of);
    if (found.getKind() == WeightsKind.ADAPTER) {
      throw new PolicyException(
          PolicyException.Reason.NOT_SUPPORTED,
          "%s applies to %s, which is an adapter itself"
              .formatted(Manifests.describe(of), Manifests.describe(found)));
    }
    return found;
  }

  private static void requireMeant(PolicyVersion of, PolicyVersion base) {
    if (!base.getSha256().equals(of.getBaseSha256())) {
      throw new PolicyException(
          PolicyException.Reason.UNFIT,
          "%s was made for a version %d with the sha256 %s, the one in the log has %s"
              .formatted(
                  Manifests.describe(of), base.getVersion(), of.getBaseSha256(), base.getSha256()));
    }
  }

  /** Ends a fetch in hand with an error. Idempotent. */
  @Override
  public void close() {
    fetch.close();
  }
}
