package dev.millrace.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contracts.avro.PolicyVersion;
import dev.millrace.contracts.avro.WeightsKind;
import dev.millrace.models.checkpoint.Tensor;
import dev.millrace.models.checkpoint.TensorDigest;
import dev.millrace.models.checkpoint.TensorType;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Differences made and undone without a log, of any size and in any pieces. */
class DeltaArrivalTest {

  private final SplittableRandom random = new SplittableRandom(3);

  /** Tensors whose weights differ a little from those of the same seed at another step. */
  private static List<Tensor> tensors(int[] sizes, long seed, double step, TensorType type) {
    List<Tensor> tensors = new ArrayList<>();
    var draw = new SplittableRandom(seed);
    for (int i = 0; i < sizes.length; i++) {
      float[] values = new float[sizes[i]];
      for (int j = 0; j < values.length; j++) {
        values[j] = (float) (draw.nextGaussian() * 0.02 + step * draw.nextDouble(-1, 1));
      }
      tensors.add(Tensor.ofFloats("t" + i, type, new long[] {sizes[i]}, values));
    }
    return tensors;
  }

  private record Delta(PolicyVersion manifest, byte[] bytes, WeightsBytes base) {}

  private Delta delta(List<Tensor> before, List<Tensor> after) {
    TensorType type = before.getFirst().type();
    var base = new WeightsBytes(before, Map.of());
    var now = new WeightsBytes(after, Map.of());
    var kept = new DeltaBase(Models.files(Models.TINY));
    for (long at = 0; at < base.length(); at += PolicyPublisher.RECORD_BYTES) {
      byte[] record = new byte[(int) Math.min(PolicyPublisher.RECORD_BYTES, base.length() - at)];
      base.copy(at, record, record.length);
      kept.add(record, record.length);
    }
    var out = new ByteArrayOutputStream();
    kept.difference(now, type.bytes(), "test").orElseThrow().forEach(out::writeBytes);
    PolicyVersion manifest =
        PolicyVersion.newBuilder()
            .setPolicy("p")
            .setVersion(2)
            .setRun("run")
            .setStep(2)
            .setKind(WeightsKind.DELTA)
            .setBaseVersion(1L)
            .setPartition(0)
            .setFirstOffset(0)
            .setLastOffset(1)
            .setBytes(out.size())
            .setSha256(TensorDigest.sha256(after))
            .setDtype(type.name())
            .setTensors(now.entries())
            .setPublishedAt(1)
            .build();
    return new Delta(manifest, out.toByteArray(), base);
  }

  @Test
  void what_comes_out_is_what_went_in_whatever_the_sizes_and_the_pieces() {
    for (int round = 0; round < 60; round++) {
      TensorType type = round % 2 == 0 ? TensorType.F32 : TensorType.BF16;
      int[] sizes = random.ints(random.nextInt(1, 5), 1, round < 50 ? 3000 : 1_300_000).toArray();
      List<Tensor> after = tensors(sizes, round, 1e-6, type);
      Delta delta = delta(tensors(sizes, round, 0, type), after);
      Arrival whole = new Arrival(delta.manifest(), delta.base().tensorLength(), true);
      try (var arrival = new DeltaArrival(delta.manifest(), delta.base(), whole)) {
        for (int at = 0; at < delta.bytes().length; ) {
          int count = Math.min(random.nextInt(1, 200_000), delta.bytes().length - at);
          arrival.add(ByteBuffer.wrap(delta.bytes(), at, count));
          at += count;
        }
        assertThat(arrival.isWhole()).isTrue();
      }
      assertThat(whole.isWhole()).isTrue();
      assertThat(TensorDigest.sha256(whole.tensors())).isEqualTo(delta.manifest().getSha256());
    }
  }

  @Test
  void what_is_broken_comes_to_an_end() {
    int[] sizes = {5000, 70_000};
    Delta delta =
        delta(tensors(sizes, 1, 0, TensorType.F32), tensors(sizes, 1, 1e-6, TensorType.F32));
    for (int round = 0; round < 200; round++) {
      byte[] bytes = delta.bytes().clone();
      int broken = random.nextInt(bytes.length);
      bytes[broken] ^= (byte) (1 << random.nextInt(8));
      Arrival whole = new Arrival(delta.manifest(), delta.base().tensorLength(), true);
      boolean refused = false;
      try (var arrival = new DeltaArrival(delta.manifest(), delta.base(), whole)) {
        arrival.add(ByteBuffer.wrap(bytes));
      } catch (PolicyException e) {
        refused = e.reason() == PolicyException.Reason.CORRUPT;
      }
      // What is not refused here is met by the hash of the whole.
      assertThat(refused || whole.isWhole()).as("bit in byte %d", broken).isTrue();
    }
  }

  @Test
  void too_many_bytes_are_refused() {
    int[] sizes = {100};
    Delta delta =
        delta(tensors(sizes, 1, 0, TensorType.F32), tensors(sizes, 1, 1e-6, TensorType.F32));
    Arrival whole = new Arrival(delta.manifest(), 400, true);
    try (var arrival = new DeltaArrival(delta.manifest(), delta.base(), whole)) {
      byte[] longer = java.util.Arrays.copyOf(delta.bytes(), delta.bytes().length + 1);
      assertThatThrownBy(() -> arrival.add(ByteBuffer.wrap(longer)))
          .hasMessageContaining("more than its");
    }
  }
}
