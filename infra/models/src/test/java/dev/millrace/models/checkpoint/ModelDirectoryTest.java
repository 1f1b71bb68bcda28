package dev.millrace.models.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelDirectoryTest {

  @TempDir Path root;

  private static final List<Tensor> WEIGHTS =
      List.of(Tensor.ofFloats("w", new long[] {2}, new float[] {1, 2}));

  private static ObjectNode config() {
    return JsonNodeFactory.instance.objectNode().put("model_type", "llama");
  }

  @Test
  void a_saved_directory_is_a_model_again_with_the_tokenizer_of_its_origin() throws Exception {
    ModelDirectory origin = ModelDirectory.save(root.resolve("a"), config(), WEIGHTS);
    Files.writeString(origin.path().resolve("tokenizer.json"), "{}");
    Files.createDirectories(origin.path().resolve("1_Pooling"));
    Files.writeString(origin.path().resolve("1_Pooling/config.json"), "{}");

    origin.saveAs(root.resolve("b"), config().put("step", 3), WEIGHTS);

    ModelDirectory copy = ModelDirectory.open(root.resolve("b"));
    assertThat(copy.config()).isEqualTo(config().put("step", 3));
    assertThat(copy.tokenizer()).hasContent("{}");
    assertThat(copy.file("1_Pooling/config.json")).isPresent();
    try (Checkpoint weights = copy.weights()) {
      assertThat(weights.sha256()).isEqualTo(TensorDigest.sha256(WEIGHTS));
    }
    try (Stream<Path> left = Files.list(root)) {
      assertThat(left).containsExactlyInAnyOrder(root.resolve("a"), root.resolve("b"));
    }
  }

  @Test
  void a_directory_with_something_in_it_is_never_overwritten() throws Exception {
    Files.writeString(root.resolve("thesis.txt"), "years of work");
    assertThatThrownBy(() -> ModelDirectory.save(root, config(), WEIGHTS))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("exists and is not empty");
    assertThat(root.resolve("thesis.txt")).hasContent("years of work");
  }

  @Test
  void what_is_missing_or_damaged_is_named() throws Exception {
    assertThatThrownBy(() -> ModelDirectory.open(root.resolve("nowhere")))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(root.resolve("nowhere") + ": no such directory");
    assertThatThrownBy(() -> ModelDirectory.open(root))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("holds no config.json");

    Files.writeString(root.resolve("config.json"), "{\n  \"a\": }");
    assertThatThrownBy(() -> ModelDirectory.open(root))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("config.json: is not JSON")
        .hasMessageContaining("(line 2)");

    Files.writeString(root.resolve("config.json"), "{}");
    ModelDirectory bare = ModelDirectory.open(root);
    assertThatThrownBy(bare::weights)
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("holds no model.safetensors");
    assertThatThrownBy(bare::tokenizer)
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("holds no tokenizer.json");
  }
}
