package dev.millrace.ingest.source;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Visits the files below a root. Hidden entries are skipped; the root itself may be hidden. Entries
 * are visited as the file system lists them, because sorting would hold a folder of a million files
 * in memory.
 *
 * <p>A link to a folder is followed only when that folder lies outside of everything that is
 * visited anyway, links of one folder in the order of their names. So every folder is visited once,
 * under the same path each time, and loops end, also those that cross links would make grow
 * exponentially.
 */
final class TreeWalk {

  /** Takes what is found. */
  interface Sink {

    default void folder(Path folder) {}

    void file(Path file) throws IOException;

    void trouble(Path path, IOException e);
  }

  private final Path root;
  private final Globs globs;
  private final Sink sink;
  private final List<Path> visited = new ArrayList<>();

  TreeWalk(Path root, Globs globs, Sink sink) {
    this.root = root;
    this.globs = globs;
    this.sink = sink;
  }

  void run() {
    try {
      if (Files.isDirectory(root)) {
        visited.add(root.toRealPath());
        enter(root);
      } else {
        // Its changes are events of the folder that it is in.
        sink.folder(root.toAbsolutePath().getParent());
        sink.file(root);
      }
    } catch (IOException e) {
      sink.trouble(root, e);
    }
  }

  // Depth is that of the folders on disk: the file system's limit on paths bounds the recursion.
  private void enter(Path folder) {
    sink.folder(folder);
    var links = new ArrayList<Path>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      for (Path entry : entries) {
        guarded(entry, links);
      }
    } catch (DirectoryIteratorException e) {
      sink.trouble(folder, e.getCause());
    } catch (IOException e) {
      sink.trouble(folder, e);
    }
    Collections.sort(links);
    links.forEach(this::follow);
  }

  private void guarded(Path entry, List<Path> links) {
    try {
      visit(entry, links);
    } catch (IOException e) {
      sink.trouble(entry, e);
    }
  }

  private void visit(Path entry, List<Path> links) throws IOException {
    Path relative = root.relativize(entry);
    if (Files.isHidden(entry) || globs.excludes(relative)) {
      return;
    }
    if (Files.isDirectory(entry)) {
      if (Files.isSymbolicLink(entry)) {
        links.add(entry);
      } else {
        enter(entry);
      }
    } else if (globs.takes(relative)) {
      if (Files.isRegularFile(entry)) {
        sink.file(entry);
      } else if (Files.isSymbolicLink(entry)) {
        entry.toRealPath(); // says what is wrong with the link
      }
    }
  }

  private void follow(Path link) {
    try {
      Path target = link.toRealPath();
      boolean known =
          visited.stream().anyMatch(path -> target.startsWith(path) || path.startsWith(target));
      if (!known) {
        visited.add(target);
        enter(link);
      }
    } catch (IOException e) {
      sink.trouble(link, e);
    }
  }
}
