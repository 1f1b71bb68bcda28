package dev.millrace.ingest.source;

import dev.millrace.contracts.avro.Document;
import dev.millrace.ingest.DocumentRules;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** One file that is one document. */
final class FileCandidate implements Candidate {

  private final Path file;
  private final String id;
  private final DocumentRules rules;
  private final Stamp stamp;
  private final FileState state;

  FileCandidate(Path file, String id, DocumentRules rules, Stamp stamp, FileState state) {
    this.file = file;
    this.id = id;
    this.rules = rules;
    this.stamp = stamp;
    this.state = state;
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public String origin() {
    return file.toString();
  }

  @Override
  public long fingerprint() {
    return state.fingerprint(Mix.of(Mix.of(stamp.seed(), Mix.of(id)), Mix.of(uri())));
  }

  @Override
  public Document load() throws IOException {
    rules.checkSize(id, state.size());
    byte[] content;
    try (InputStream in = Files.newInputStream(file)) {
      // One byte more than allowed: a file that grew meanwhile must not fill the memory.
      content = in.readNBytes(rules.maxBytes() + 1);
    } catch (IOException e) {
      throw new IOException(describe(e), e);
    }
    rules.checkSize(id, content.length);
    String name = file.getFileName().toString();
    return stamp.apply(
        new Document(
            id, ByteBuffer.wrap(content), null, name, null, uri(), Map.of(), List.of(), 0L));
  }

  private String uri() {
    return file.toAbsolutePath().normalize().toUri().toString();
  }

  /** What went wrong with a file, in a few words and without its name. */
  static String describe(IOException e) {
    return switch (e) {
      case NoSuchFileException missing -> "no such file or folder";
      case FileNotFoundException missing -> "no such file or folder";
      case AccessDeniedException denied -> "not readable: permission denied";
      case java.nio.file.FileSystemLoopException loop ->
          "a symbolic link that leads back to itself";
      case FileSystemException other when other.getReason() != null ->
          "not readable: " + other.getReason();
      default ->
          "not readable: "
              + (e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage());
    };
  }
}
