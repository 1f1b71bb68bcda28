package dev.millrace.preprocess.parse;

import dev.millrace.preprocess.document.Block;
import dev.millrace.preprocess.document.ParsedDocument;
import dev.millrace.preprocess.document.Reason;
import dev.millrace.preprocess.document.RejectedException;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a parser's process and its parent say to each other, in length-prefixed binary. */
final class ChildFrames {

  /** Says that the process is ready; unlike anything that a JVM prints by itself. */
  static final int READY = 0x4D494C4C;

  private static final byte PARSED = 1;
  private static final byte REJECTED = 2;

  private ChildFrames() {}

  static void writeDocument(DataOutputStream out, RawDocument document) throws IOException {
    write(out, document.bytes());
    write(out, document.declaredType());
    write(out, document.fileName());
    out.flush();
  }

  static RawDocument readDocument(DataInputStream in) throws IOException {
    return new RawDocument(readBytes(in), readText(in), readText(in));
  }

  static void writeRejection(DataOutputStream out, RejectedException rejection)
      throws IOException {
    out.writeByte(REJECTED);
    write(out, Optional.of(rejection.reason().code()));
    write(out, Optional.of(rejection.getMessage()));
    out.flush();
  }

  static void writeParsed(DataOutputStream out, ParsedDocument document) throws IOException {
    out.writeByte(PARSED);
    write(out, Optional.of(document.contentType()));
    write(out, document.title());
    out.writeInt(document.blocks().size());
    for (Block block : document.blocks()) {
      out.writeByte(kind(block));
      write(out, Optional.of(block.text()));
    }
    out.flush();
  }

  /** Reads one of the two answers; a rejection is thrown. */
  static ParsedDocument readAnswer(DataInputStream in) throws IOException {
    byte status = in.readByte();
    if (status == REJECTED) {
      String code = readText(in).orElseThrow();
      throw new RejectedException(Reason.ofCode(code), readText(in).orElse(""));
    }
    if (status != PARSED) {
      throw new IOException("not an answer: " + status);
    }
    String type = readText(in).orElseThrow();
    Optional<String> title = readText(in);
    int count = in.readInt();
    List<Block> blocks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte kind = in.readByte();
      blocks.add(block(kind, readText(in).orElse("")));
    }
    return new ParsedDocument(type, title, blocks);
  }

  /** Headings are written as their level, the rest as negative numbers. */
  private static byte kind(Block block) {
    return switch (block) {
      case Block.Heading heading -> (byte) heading.level();
      case Block.Paragraph p -> -1;
      case Block.ListItem i -> -2;
      case Block.TableRow r -> -3;
      case Block.Code c -> -4;
    };
  }

  private static Block block(byte kind, String text) throws IOException {
    return switch (kind) {
      case -1 -> new Block.Paragraph(text);
      case -2 -> new Block.ListItem(text);
      case -3 -> new Block.TableRow(text);
      case -4 -> new Block.Code(text);
      case 1, 2, 3, 4, 5, 6 -> new Block.Heading(kind, text);
      default -> throw new IOException("not a block: " + kind);
    };
  }

  private static void write(DataOutputStream out, Optional<String> text) throws IOException {
    if (text.isPresent()) {
      write(out, text.get().getBytes(StandardCharsets.UTF_8));
    } else {
      out.writeInt(-1);
    }
  }

  private static void write(DataOutputStream out, byte[] bytes) throws IOException {
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private static Optional<String> readText(DataInputStream in) throws IOException {
    byte[] bytes = readBytes(in);
    return bytes == null ? Optional.empty() : Optional.of(new String(bytes, StandardCharsets.UTF_8));
  }

  private static byte[] readBytes(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length == -1) {
      return null;
    }
    if (length < 0) {
      throw new IOException("not a length: " + length);
    }
    return in.readNBytes(length);
  }
}
