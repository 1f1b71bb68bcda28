package dev.millrace.preprocess.parse;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.PDPageContentStream;
import org.apache.pdfbox.pdmodel.encryption.AccessPermission;
import org.apache.pdfbox.pdmodel.encryption.StandardProtectionPolicy;
import org.apache.pdfbox.pdmodel.font.PDType1Font;
import org.apache.pdfbox.pdmodel.font.Standard14Fonts;
import org.apache.poi.xwpf.usermodel.XWPFDocument;

/** Documents of many formats, good and bad, made on the spot. */
final class Samples {

  private Samples() {}

  static RawDocument raw(String text) {
    return raw(text.getBytes(StandardCharsets.UTF_8));
  }

  static RawDocument raw(byte[] bytes) {
    return new RawDocument(bytes, Optional.empty(), Optional.empty());
  }

  static RawDocument named(byte[] bytes, String name) {
    return new RawDocument(bytes, Optional.empty(), Optional.of(name));
  }

  static RawDocument declared(byte[] bytes, String type) {
    return new RawDocument(bytes, Optional.of(type), Optional.empty());
  }

  static byte[] pdf(String text) {
    return pdf(text, null);
  }

  /** A PDF of one page; protected when {@code password} is given. */
  static byte[] pdf(String text, String password) {
    var out = new ByteArrayOutputStream();
    try (var document = new PDDocument()) {
      var page = new PDPage();
      document.addPage(page);
      try (var content = new PDPageContentStream(document, page)) {
        content.beginText();
        content.setFont(new PDType1Font(Standard14Fonts.FontName.HELVETICA), 12);
        content.newLineAtOffset(50, 700);
        content.showText(text);
        content.endText();
      }
      if (password != null) {
        document.protect(new StandardProtectionPolicy(password, password, new AccessPermission()));
      }
      document.save(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  /** A Word document with a heading and a table of one row. */
  static byte[] docx(String heading, String text) {
    var out = new ByteArrayOutputStream();
    try (var document = new XWPFDocument()) {
      var first = document.createParagraph();
      first.setStyle("Heading1");
      first.createRun().setText(heading);
      document.createParagraph().createRun().setText(text);
      var row = document.createTable(1, 2).getRow(0);
      row.getCell(0).setText("left");
      row.getCell(1).setText("right");
      document.write(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  static byte[] zip(String name, byte[] content) {
    return zip(out -> entry(out, name, content));
  }

  /** A Word document whose text is {@code mebibytes} of blanks. */
  static byte[] docxBomb(int mebibytes) {
    byte[] blanks = " ".repeat(1 << 20).getBytes(StandardCharsets.US_ASCII);
    String ns = "http://schemas.openxmlformats.org/";
    return zip(
        out -> {
          entry(
              out,
              "[Content_Types].xml",
              ("<Types xmlns='" + ns + "package/2006/content-types'><Default Extension='rels'"
                      + " ContentType='application/vnd.openxmlformats-package.relationships+xml'/>"
                      + "<Override PartName='/word/document.xml' ContentType='application/vnd."
                      + "openxmlformats-officedocument.wordprocessingml.document.main+xml'/></Types>")
                  .getBytes(StandardCharsets.UTF_8));
          entry(
              out,
              "_rels/.rels",
              ("<Relationships xmlns='" + ns + "package/2006/relationships'><Relationship Id='r1'"
                      + " Type='" + ns + "officeDocument/2006/relationships/officeDocument'"
                      + " Target='word/document.xml'/></Relationships>")
                  .getBytes(StandardCharsets.UTF_8));
          out.putNextEntry(new ZipEntry("word/document.xml"));
          out.write(
              ("<w:document xmlns:w='" + ns + "wordprocessingml/2006/main'><w:body><w:p><w:r><w:t>")
                  .getBytes(StandardCharsets.UTF_8));
          for (int i = 0; i < mebibytes; i++) {
            out.write(blanks);
          }
          out.write("</w:t></w:r></w:p></w:body></w:document>".getBytes(StandardCharsets.UTF_8));
        });
  }

  /** Archives within archives. */
  static byte[] nestedZip(int levels) {
    byte[] inner = "the innermost text".getBytes(StandardCharsets.UTF_8);
    String name = "text.txt";
    for (int i = 0; i < levels; i++) {
      inner = zip(name, inner);
      name = "archive.zip";
    }
    return inner;
  }

  static byte[] zipOf(int entries) {
    return zip(
        out -> {
          for (int i = 0; i < entries; i++) {
            entry(out, "part" + i + ".txt", ("part " + i).getBytes(StandardCharsets.UTF_8));
          }
        });
  }

  private interface Filling {
    void fill(ZipOutputStream out) throws IOException;
  }

  private static byte[] zip(Filling filling) {
    var bytes = new ByteArrayOutputStream();
    try (var out = new ZipOutputStream(bytes)) {
      filling.fill(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static void entry(ZipOutputStream out, String name, byte[] content) throws IOException {
    out.putNextEntry(new ZipEntry(name));
    out.write(content);
    out.closeEntry();
  }
}
