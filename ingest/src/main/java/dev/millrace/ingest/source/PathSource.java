package dev.millrace.ingest.source;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.Optional;

/**
 * One file, or the files of a folder and of the folders in it. Hidden entries are skipped.
 *
 * <p>A document's id is its path below the root (a single file's: its name), with forward slashes
 * and in Unicode normal form C, so that the same folder gives the same ids on every platform.
 */
public final class PathSource implements DocumentSource {

  private final Path root;
  private final SourceSettings settings;

  /**
   * @param root a folder or a file; one that does not exist is a fault when it is visited
   */
  public PathSource(Path root, SourceSettings settings) {
    this.root = root.normalize().toString().isEmpty() ? Path.of(".") : root;
    this.settings = settings;
  }

  @Override
  public String name() {
    return root.toAbsolutePath().normalize().toString();
  }

  @Override
  public long size() {
    long[] bytes = {0};
    var sink =
        new TreeWalk.Sink() {
          @Override
          public void file(Path file) throws IOException {
            bytes[0] += Files.size(file);
          }

          @Override
          public void trouble(Path path, IOException e) {
            // Told when the source is visited.
          }
        };
    new TreeWalk(root, settings.globs(), sink).run();
    return bytes[0];
  }

  @Override
  public void visit(Visitor visitor) {
    var sink =
        new TreeWalk.Sink() {
          @Override
          public void folder(Path folder) {
            visitor.folder(folder);
          }

          @Override
          public void file(Path file) throws IOException {
            offer(file, visitor);
          }

          @Override
          public void trouble(Path path, IOException e) {
            // What vanished since it was listed is simply not there.
            if (path.equals(root) || !(e instanceof NoSuchFileException) || isLink(path)) {
              visitor.fault(new Fault(path.toString(), FileCandidate.describe(e)));
            }
          }
        };
    new TreeWalk(root, settings.globs(), sink).run();
  }

  private static boolean isLink(Path path) {
    return Files.isSymbolicLink(path);
  }

  private void offer(Path file, Visitor visitor) throws IOException {
    String id = id(file);
    FileState state = FileState.of(file);
    if (settings.isLines(file.getFileName().toString())) {
      lines(file, id, state, visitor.part(id));
      return;
    }
    String full = settings.stamp().id(id);
    if (state.settled(settings.quiet())) {
      visitor.candidate(new FileCandidate(file, full, settings.rules(), settings.stamp(), state));
    } else {
      visitor.unsettled(full);
    }
    visitor.progress(state.size());
  }

  private void lines(Path file, String id, FileState state, Visitor part) {
    if (!state.settled(settings.quiet())) {
      part.unsettled(settings.stamp().id(id));
    } else if (!part.knows(state.fingerprint(settings.stamp().seed()))) {
      try (InputStream in = Files.newInputStream(file)) {
        new LineDocuments(in, file.toString(), Optional.of(id), settings).visit(part);
      } catch (IOException e) {
        part.fault(new Fault(file.toString(), FileCandidate.describe(e)));
      }
    }
  }

  private String id(Path file) {
    Path relative = file.equals(root) ? file.getFileName() : root.relativize(file);
    String separator = relative.getFileSystem().getSeparator();
    return Normalizer.normalize(relative.toString().replace(separator, "/"), Normalizer.Form.NFC);
  }
}
