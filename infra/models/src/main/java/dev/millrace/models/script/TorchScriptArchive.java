package dev.millrace.models.script;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A TorchScript archive without weights, packed from source text: the file that {@code
 * torch.jit.save} would have written, made without Python.
 *
 * <p>The archive is a zip whose entries are all stored (libtorch maps them), with the source in
 * {@code code/__torch__.py} and, in {@code data.pkl}, a pickled instance of the class {@code
 * __torch__.M} with the single attribute {@code training = False}.
 */
final class TorchScriptArchive {

  private static final String CLASS = "M";

  private TorchScriptArchive() {}

  /**
   * Packs a script.
   *
   * @param source TorchScript source that defines {@code class M(Module)}
   */
  static byte[] of(String source) {
    Objects.requireNonNull(source, "source");
    var bytes = new ByteArrayOutputStream(source.length() + 1024);
    try (var zip = new ZipOutputStream(bytes)) {
      store(zip, "m/version", ascii("10\n"));
      store(zip, "m/byteorder", ascii("little"));
      store(zip, "m/data.pkl", instance());
      // The empty tuple: PROTO 2, EMPTY_TUPLE, STOP.
      store(zip, "m/constants.pkl", new byte[] {(byte) 0x80, 2, ')', '.'});
      store(zip, "m/code/__torch__.py", source.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory failed", e);
    }
    return bytes.toByteArray();
  }

  private static byte[] instance() {
    var out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {(byte) 0x80, 2}); // PROTO 2
    out.writeBytes(ascii("c__torch__\n" + CLASS + "\n")); // GLOBAL
    out.writeBytes(new byte[] {')', (byte) 0x81}); // EMPTY_TUPLE NEWOBJ
    out.writeBytes(ascii("}(")); // EMPTY_DICT MARK
    byte[] attribute = ascii("training");
    out.writeBytes(new byte[] {'X', (byte) attribute.length, 0, 0, 0}); // BINUNICODE
    out.writeBytes(attribute);
    out.write(0x89); // NEWFALSE
    out.writeBytes(ascii("ub.")); // SETITEMS BUILD STOP
    return out.toByteArray();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static void store(ZipOutputStream zip, String name, byte[] content) throws IOException {
    var entry = new ZipEntry(name);
    entry.setMethod(ZipEntry.STORED);
    entry.setTime(0); // the same source gives the same bytes
    entry.setSize(content.length);
    entry.setCompressedSize(content.length);
    var crc = new CRC32();
    crc.update(content);
    entry.setCrc(crc.getValue());
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }
}
