package dev.millrace.models.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SafetensorsFileTest {

  @TempDir Path directory;
  private Path file;

  @BeforeEach
  void name_the_file() {
    file = directory.resolve("t.safetensors");
  }

  private static byte[] bytes(String header, int dataBytes) {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + json.length + dataBytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(json.length)
        .put(json)
        .array();
  }

  private void assertRefused(byte[] content, String... words) throws IOException {
    Files.write(file, content);
    assertThatThrownBy(() -> SafetensorsFile.open(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContainingAll(words)
        .extracting(Throwable::getMessage, InstanceOfAssertFactories.STRING)
        .doesNotContain("\n");
  }

  @Test
  void bytes_written_by_hand_are_read() throws IOException {
    byte[] content =
        bytes(
            "{\"__metadata__\":{\"format\":\"pt\"},"
                + "\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
                + "\"ids\":{\"dtype\":\"I64\",\"shape\":[1,1],\"data_offsets\":[8,16]}}   ",
            16);
    ByteBuffer.wrap(content)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putFloat(content.length - 16, 1.5f)
        .putFloat(content.length - 12, -3f)
        .putLong(content.length - 8, 1L << 40);
    Files.write(file, content);

    try (SafetensorsFile read = SafetensorsFile.open(file)) {
      assertThat(read.metadata()).isEqualTo(Map.of("format", "pt"));
      assertThat(read.tensors().get("x").toFloats()).containsExactly(1.5f, -3f);
      assertThat(read.tensors().get("ids").bytes().getLong(0)).isEqualTo(1L << 40);
      assertThat(read.tensors().get("ids").bytes().isReadOnly()).isTrue();
      assertThat(read.tensors().get("ids").bytes().isDirect()).isTrue();
    }
  }

  @Test
  void the_written_header_is_what_the_format_asks_for() throws IOException {
    SafetensorsWriter.write(
        file,
        List.of(
            Tensor.of("u", TensorType.U8, new long[] {3}, ByteBuffer.wrap(new byte[] {1, 2, 3})),
            Tensor.ofFloats("f", new long[] {1}, new float[] {1})));

    ByteBuffer content = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    int headerBytes = (int) content.getLong();
    assertThat(headerBytes % 8).isZero();
    assertThat(new String(content.array(), 8, headerBytes, StandardCharsets.UTF_8).strip())
        .isEqualTo(
            "{\"__metadata__\":{\"format\":\"pt\"},"
                + "\"f\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                + "\"u\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[4,7]}}");
    assertThat(Arrays.copyOfRange(content.array(), 8 + headerBytes, content.capacity()))
        .containsExactly(0, 0, 0x80, 0x3f, 1, 2, 3);
  }

  @ParameterizedTest
  @EnumSource(TensorType.class)
  void every_type_is_carried_unchanged(TensorType type) {
    byte[] data = new byte[6 * type.bytes()];
    for (int i = 0; i < data.length; i++) {
      data[i] = (byte) (i * 37);
    }
    SafetensorsWriter.write(
        file, List.of(Tensor.of("t", type, new long[] {2, 3}, ByteBuffer.wrap(data))));
    try (SafetensorsFile read = SafetensorsFile.open(file)) {
      assertThat(read.tensors().get("t").info())
          .isEqualTo(new TensorInfo("t", type, new long[] {2, 3}));
      assertThat(read.tensors().get("t").bytes()).isEqualTo(ByteBuffer.wrap(data));
    }
  }

  @Test
  void a_file_cut_anywhere_is_refused() throws IOException {
    SafetensorsWriter.write(file, List.of(Tensor.ofFloats("f", new long[] {4}, new float[4])));
    byte[] whole = Files.readAllBytes(file);
    for (int length = 0; length < whole.length; length++) {
      assertRefused(Arrays.copyOf(whole, length), "truncated");
    }
    assertRefused(Arrays.copyOf(whole, whole.length + 1), "bytes after the last tensor");
  }

  @Test
  void a_header_beyond_the_limit_is_refused_before_it_is_read() throws IOException {
    byte[] content = bytes("{}", 0);
    ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN).putLong(0, 100_000_001);
    assertRefused(content, "claims 100000001 bytes", "limit is 100000000");
    ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN).putLong(0, -1);
    assertRefused(content, "claims 18446744073709551615 bytes");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "not json | the header is not JSON",
        "[] | not a JSON object",
        "{'a':{'dtype':'Q4','shape':[4],'data_offsets':[0,4]}} | unknown dtype 'Q4'",
        "{'a':{'dtype':'U8','shape':[4],'data_offsets':[0,4]},"
            + "'b':{'dtype':'U8','shape':[4],'data_offsets':[2,6]}} "
            + "| tensor b begins at byte 2, overlapping after tensor a, which ends at 4",
        "{'a':{'dtype':'U8','shape':[2],'data_offsets':[2,4]}} "
            + "| tensor a begins at byte 2, with a hole after the header",
        "{'a':{'dtype':'F32','shape':[4],'data_offsets':[0,4]}} "
            + "| a F32[4] needs 16 bytes but its offsets give 4",
        "{'a':{'dtype':'U8','shape':[4],'data_offsets':[4,0]}} | data_offsets [4,0]",
        "{'a':{'dtype':'U8','shape':[-4],'data_offsets':[0,4]}} | negative dimension: [-4]",
        "{'a':{'dtype':'U8','shape':4,'data_offsets':[0,4]}} | shape is 4",
        "{'a':{'dtype':'U8','shape':[4]}} | data_offsets is missing",
        "{'a':{'dtype':'U8','shape':[4294967296,4294967296],'data_offsets':[0,4]}} | too large",
        "{'a':{'dtype':'U8','shape':[4],'data_offsets':[0,4]},"
            + "'a':{'dtype':'U8','shape':[4],'data_offsets':[0,4]}} | Duplicate field 'a'",
      })
  void a_damaged_header_is_refused_with_its_tensor(String header, String message)
      throws IOException {
    assertRefused(bytes(header.replace('\'', '"'), 4), message);
  }

  @Test
  void a_failed_write_leaves_the_old_file_and_nothing_else() throws IOException {
    SafetensorsWriter.write(file, List.of(Tensor.ofFloats("f", new long[] {1}, new float[] {7})));
    Tensor failing =
        new Tensor() {
          @Override
          public TensorInfo info() {
            return new TensorInfo("g", TensorType.F32, new long[] {1});
          }

          @Override
          public ByteBuffer slice(long offset, int length) {
            throw new IllegalStateException("the device is gone");
          }
        };
    assertThatThrownBy(() -> SafetensorsWriter.write(file, List.of(failing)))
        .hasMessage("the device is gone");

    try (SafetensorsFile read = SafetensorsFile.open(file);
        Stream<Path> files = Files.list(directory)) {
      assertThat(read.tensors().get("f").toFloats()).containsExactly(7f);
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void a_file_can_be_replaced_by_a_change_of_itself() {
    SafetensorsWriter.write(file, List.of(Tensor.ofFloats("f", new long[] {1}, new float[] {7})));
    try (SafetensorsFile old = SafetensorsFile.open(file)) {
      SafetensorsWriter.write(
          file, List.of(old.tensors().get("f"), old.tensors().get("f").renamed("g")));
      try (SafetensorsFile read = SafetensorsFile.open(file)) {
        assertThat(read.tensors()).containsOnlyKeys("f", "g");
        assertThat(read.tensors().get("g").toFloats()).containsExactly(7f);
      }
      assertThat(old.tensors().get("f").toFloats()).containsExactly(7f);
    }
  }
}
