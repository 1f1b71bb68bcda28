package dev.millrace.models.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class TensorDigestTest {

  private static final Tensor A = Tensor.ofFloats("a", new long[] {1, 2}, new float[] {1, 2});
  private static final Tensor B =
      Tensor.of("b", TensorType.U8, new long[] {}, ByteBuffer.wrap(new byte[] {9}));

  @Test
  void the_canonical_bytes_are_those_of_the_definition() throws Exception {
    ByteArrayOutputStream canonical = new ByteArrayOutputStream();
    canonical.writeBytes("millrace-tensors-v1\n".getBytes());
    canonical.writeBytes(hex("01000000 61 03000000 463332 02000000"));
    canonical.writeBytes(hex("0100000000000000 0200000000000000 0800000000000000"));
    canonical.writeBytes(hex("0000803f 00000040"));
    canonical.writeBytes(hex("01000000 62 02000000 5538 00000000 0100000000000000 09"));
    byte[] expected = MessageDigest.getInstance("SHA-256").digest(canonical.toByteArray());

    assertThat(TensorDigest.sha256(List.of(B, A))).isEqualTo(HexFormat.of().formatHex(expected));
  }

  private static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits.replace(" ", ""));
  }

  @Test
  void name_type_shape_and_bytes_all_count() {
    float[] values = {1, 2};
    assertThat(
            List.of(
                TensorDigest.sha256(List.of(A)),
                TensorDigest.sha256(List.of(A.renamed("aa"))),
                TensorDigest.sha256(List.of(Tensor.ofFloats("a", new long[] {2, 1}, values))),
                TensorDigest.sha256(
                    List.of(Tensor.of("a", TensorType.I32, new long[] {1, 2}, A.bytes()))),
                TensorDigest.sha256(
                    List.of(Tensor.ofFloats("a", new long[] {1, 2}, new float[] {1, -2})))))
        .doesNotHaveDuplicates();
  }

  @Test
  void one_name_twice_is_refused() {
    assertThatThrownBy(() -> TensorDigest.sha256(List.of(A, B, A)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("two tensors are named a");
  }
}
