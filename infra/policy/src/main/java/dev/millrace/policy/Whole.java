package dev.millrace.policy;

import dev.millrace.contracts.avro.PolicyVersion;
import dev.millrace.models.checkpoint.Tensor;
import dev.millrace.models.checkpoint.TensorType;
import dev.millrace.models.decoder.DecoderConfig;
import dev.millrace.models.decoder.DecoderLayout;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;

/**
 * All weights of a version, outside of libtorch.
 *
 * @param floats float32 by name, direct; only to be read, since others may read it as well
 */
record Whole(PolicyVersion manifest, PolicyFiles files, Map<String, ByteBuffer> floats) {

  DecoderConfig config() {
    return files.config();
  }

  /** The tensors in float32, in the order of the model. */
  List<Tensor> tensors() {
    return DecoderLayout.of(config()).shapes().entrySet().stream()
        .filter(entry -> floats.containsKey(entry.getKey()))
        .map(
            entry ->
                Tensor.of(
                    entry.getKey(), TensorType.F32, entry.getValue(), floats.get(entry.getKey())))
        .toList();
  }

  /** The tensors as they were published: widening to float32 loses nothing. */
  List<Tensor> published() {
    WeightsType type = WeightsType.of(manifest.getDtype());
    return tensors().stream().map(tensor -> CastTensor.of(tensor, type)).toList();
  }
}
