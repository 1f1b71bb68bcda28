package dev.millrace.models.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileMappingTest {

  @TempDir Path directory;

  @Test
  void views_within_and_across_segments_show_the_file() throws Exception {
    byte[] content = new byte[1000];
    new Random(1).nextBytes(content);
    Path file = Files.write(directory.resolve("f"), content);
    try (FileChannel channel = FileChannel.open(file)) {
      FileMapping mapping = new FileMapping(file, channel, 1000, 64);
      for (int offset = 0; offset < 1000; offset += 7) {
        for (int length : new int[] {0, 1, 63, 64, 65, 300}) {
          if (offset + length <= 1000) {
            assertThat(mapping.slice(offset, length))
                .isEqualTo(ByteBuffer.wrap(Arrays.copyOfRange(content, offset, offset + length)));
          }
        }
      }
      assertThatThrownBy(() -> mapping.slice(990, 11))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void a_tensor_of_more_than_two_gibibytes_is_read_in_slices() throws Exception {
    // A sparse file: the disk holds only the pages that are written here.
    Path file = directory.resolve("large.safetensors");
    long elements = (5L << 30) / 2;
    String header =
        "{\"w\":{\"dtype\":\"BF16\",\"shape\":[%d],\"data_offsets\":[0,%d]}}"
            .formatted(elements, 2 * elements);
    ByteBuffer start =
        ByteBuffer.allocate(8 + header.length())
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(header.length())
            .put(header.getBytes())
            .flip();
    int headerEnd = start.remaining();
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      channel.write(start);
      channel.write(ByteBuffer.wrap(new byte[] {0x41, 0x40}), headerEnd + (5L << 30) - 2);
    }

    try (SafetensorsFile read = SafetensorsFile.open(file)) {
      Tensor tensor = read.tensors().get("w");
      assertThat(tensor.info().elements()).isEqualTo(elements);
      assertThat(FloatConversion.bf16ToFloat(tensor.slice((5L << 30) - 2, 2).getShort()))
          .isEqualTo(3.015625f);
      assertThatThrownBy(tensor::bytes)
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("read it in slices");
    }
  }
}
