package dev.millrace.models.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointTest {

  @TempDir Path directory;

  private static final List<Tensor> THREE =
      List.of(
          Tensor.ofFloats("b.weight", new long[] {2, 2}, new float[] {1, -2, 0.5f, 4}),
          Tensor.ofFloats("a.weight", TensorType.BF16, new long[] {3}, new float[] {1, 2, 3}),
          Tensor.ofFloats("c.scalar", TensorType.F16, new long[] {}, new float[] {-0.25f}));

  @Test
  void what_was_written_is_read_back_bit_by_bit() {
    Checkpoint.write(directory, THREE);

    try (Checkpoint read = Checkpoint.open(directory)) {
      assertThat(read.tensors()).containsOnlyKeys("b.weight", "a.weight", "c.scalar");
      for (Tensor tensor : THREE) {
        assertThat(read.tensor(tensor.name()).info()).isEqualTo(tensor.info());
        assertThat(read.tensor(tensor.name()).bytes()).isEqualTo(tensor.bytes());
        assertThat(read.tensor(tensor.name()).toFloats()).isEqualTo(tensor.toFloats());
      }
      assertThat(read.sha256()).isEqualTo(TensorDigest.sha256(THREE));
    }
  }

  @Test
  void views_stay_valid_after_close_but_no_new_ones_are_given() {
    Checkpoint.write(directory, THREE);
    Checkpoint read = Checkpoint.open(directory);
    Tensor tensor = read.tensor("b.weight");
    var view = tensor.bytes();
    read.close();

    assertThat(view.getFloat(4)).isEqualTo(-2f);
    assertThatThrownBy(tensor::bytes).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void shards_and_one_file_hold_the_same_tensors() throws Exception {
    Checkpoint.write(directory, Checkpoint.MODEL, THREE, 16);
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files.map(f -> f.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "model-00001-of-00003.safetensors",
              "model-00002-of-00003.safetensors",
              "model-00003-of-00003.safetensors",
              "model.safetensors.index.json");
    }
    try (Checkpoint sharded = Checkpoint.open(directory)) {
      assertThat(sharded.sha256()).isEqualTo(TensorDigest.sha256(THREE));
    }

    Checkpoint.write(directory, THREE);
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files.map(f -> f.getFileName().toString())).containsExactly("model.safetensors");
    }
  }

  @Test
  void a_lost_shard_and_a_tensor_that_its_shard_lacks_are_named() throws Exception {
    Checkpoint.write(directory, Checkpoint.MODEL, THREE, 16);
    Path second = directory.resolve("model-00002-of-00003.safetensors");
    SafetensorsWriter.write(
        second, List.of(Tensor.ofFloats("other", new long[] {1}, new float[1])));
    assertThatThrownBy(() -> Checkpoint.open(directory))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("b.weight (in model-00002-of-00003.safetensors)");

    Files.delete(second);
    assertThatThrownBy(() -> Checkpoint.open(directory))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("lacks 1 of 3 shards: model-00002-of-00003.safetensors");
  }

  @Test
  void an_index_that_points_out_of_its_directory_is_refused() throws Exception {
    Files.writeString(
        directory.resolve("model.safetensors.index.json"),
        "{\"weight_map\":{\"w\":\"../secret.safetensors\"}}");
    assertThatThrownBy(() -> Checkpoint.open(directory))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("tensor w is in '../secret.safetensors', which is no file name");
  }

  @Test
  void a_directory_without_tensors_says_what_was_looked_for() throws Exception {
    Files.writeString(directory.resolve("pytorch_model.bin"), "x");
    assertThatThrownBy(() -> Checkpoint.open(directory))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("holds no model.safetensors")
        .hasMessageContaining("convert it to safetensors");
  }

  @Test
  void everything_that_does_not_fit_stands_in_one_message() {
    Checkpoint.write(directory, THREE);
    TensorExpectation expectation =
        TensorExpectation.of(
                "LlamaForCausalLM",
                Map.of(
                    "a.weight", new long[] {4},
                    "d.weight", new long[] {1},
                    "e.weight", new long[] {1}))
            .ignoring(name -> name.startsWith("c."));
    try (Checkpoint read = Checkpoint.open(directory)) {
      assertThatThrownBy(() -> read.require(expectation))
          .isInstanceOf(CheckpointException.class)
          .hasMessageEndingWith(
              "does not fit LlamaForCausalLM: missing 2 (d.weight, e.weight); unexpected 1"
                  + " (b.weight); wrong shape 1 (a.weight is [3], expected [4])");
    }
  }

  @Test
  void nan_and_infinity_are_reported_by_name() {
    float[] bad = {0, Float.NaN, Float.NEGATIVE_INFINITY, Float.NaN, Float.MAX_VALUE};
    long[] shape = {5};
    List<Tensor> tensors =
        List.of(
            Tensor.ofFloats("good", shape, new float[] {0, -1, 1, Float.MIN_VALUE, -0f}),
            Tensor.ofFloats("f32", shape, bad),
            Tensor.ofFloats("bf16", TensorType.BF16, shape, new float[] {0, Float.NaN, 1, 2, 3}),
            Tensor.ofFloats("f16", TensorType.F16, shape, new float[] {0, 1e9f, 1, 2, 3}));
    Checkpoint.write(directory, tensors);
    try (Checkpoint read = Checkpoint.open(directory)) {
      assertThat(NonFinite.find(read.tensors().values()))
          .extracting(NonFinite::toString)
          .containsExactlyInAnyOrder(
              "f32: 2 NaN, 1 infinite of 5",
              "bf16: 1 NaN, 0 infinite of 5",
              "f16: 0 NaN, 1 infinite of 5");
      assertThatThrownBy(read::requireFinite)
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("f32: 2 NaN");
    }
  }

  @Test
  void a_wrong_sha_is_refused_with_both_values() {
    Checkpoint.write(directory, THREE);
    try (Checkpoint read = Checkpoint.open(directory)) {
      read.requireSha256(TensorDigest.sha256(THREE));
      assertThatThrownBy(() -> read.requireSha256("00ff"))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining(read.sha256())
          .hasMessageContaining("expected 00ff");
    }
  }
}
