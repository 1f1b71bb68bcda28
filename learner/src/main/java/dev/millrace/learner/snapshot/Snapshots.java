package dev.millrace.learner.snapshot;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.millrace.learner.update.PolicyUpdater;
import dev.millrace.policy.PolicyFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The snapshots of one run: a folder each, which appears whole or not at all. That of the start is
 * always kept, of the others the newest few.
 */
public final class Snapshots {

  private static final Logger LOG = LoggerFactory.getLogger(Snapshots.class);
  private static final JsonMapper JSON = new JsonMapper();
  private static final String INFO = "snapshot.json";
  private static final String FILES = "policy";
  private static final String PARTIAL = ".partial";

  private final Path folder;
  private final String run;
  private final int keep;

  /**
   * @param root folder of all runs
   * @param keep newest snapshots that stay, beside that of the start
   */
  public Snapshots(Path root, String run, int keep) {
    this.folder = root.resolve(run);
    this.run = run;
    this.keep = keep;
  }

  /** Where a snapshot lies, as the ledger names it. */
  public String name(SnapshotInfo info) {
    return run + "/" + info.folder();
  }

  /** Where a snapshot lies: a model directory, with the state of the optimizer in it. */
  public Path path(SnapshotInfo info) {
    return folder.resolve(info.folder());
  }

  /** Writes one. An older one of the same name is replaced. */
  public void save(SnapshotInfo info, PolicyUpdater updater, PolicyFiles files) {
    Path target = folder.resolve(info.folder());
    Path staged = folder.resolve(info.folder() + PARTIAL);
    try {
      delete(staged);
      Files.createDirectories(staged);
      Path start = folder.resolve("%08d".formatted(0));
      updater.save(staged, info.step() > 0 && Files.isDirectory(start) ? start : null);
      Files.createDirectories(staged.resolve(FILES));
      for (var file : files.files().entrySet()) {
        Files.write(staged.resolve(FILES).resolve(file.getKey()), file.getValue());
      }
      write(staged.resolve(INFO), JSON.writeValueAsBytes(info));
      delete(target);
      Files.move(staged, target, StandardCopyOption.ATOMIC_MOVE);
      force(folder);
      clear(info);
    } catch (IOException e) {
      throw new SnapshotException(
          "snapshot %s cannot be written: %s; is the disk full, or millrace.learner.snapshots wrong?"
              .formatted(target, e),
          e);
    }
  }

  private static void write(Path file, byte[] bytes) throws IOException {
    Files.write(file, bytes, StandardOpenOption.CREATE_NEW, StandardOpenOption.SYNC);
  }

  private static void force(Path directory) {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException unsupported) {
      LOG.debug("folders cannot be forced to disk here: {}", unsupported.toString());
    }
  }

  /** Removes what is too old, and what a crash left. */
  private void clear(SnapshotInfo newest) throws IOException {
    List<SnapshotInfo> all = all();
    for (int i = keep; i < all.size(); i++) {
      if (all.get(i).step() > 0) {
        delete(folder.resolve(all.get(i).folder()));
      }
    }
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(f -> f.toString().endsWith(PARTIAL)).toList()) {
        delete(file);
      }
    }
  }

  /**
   * Those that are whole, the newest first.
   *
   * @throws SnapshotException if there is one of another run: the folder is not ours
   */
  public List<SnapshotInfo> all() {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    List<SnapshotInfo> found = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path path : files.toList()) {
        if (Files.isRegularFile(path.resolve(INFO)) && !path.toString().endsWith(PARTIAL)) {
          read(path, found);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("snapshots of " + folder + " cannot be listed: " + e, e);
    }
    found.sort(
        Comparator.comparingLong(SnapshotInfo::step)
            .thenComparingInt(SnapshotInfo::lineage)
            .reversed());
    return found;
  }

  private void read(Path path, List<SnapshotInfo> found) throws IOException {
    SnapshotInfo info;
    try {
      info = JSON.readValue(Files.readAllBytes(path.resolve(INFO)), SnapshotInfo.class);
    } catch (JsonProcessingException e) {
      LOG.warn("snapshot skipped path={} error=\"{} is damaged\"", path, INFO);
      return;
    }
    if (!info.run().equals(run)) {
      throw new SnapshotException(
          "%s holds a snapshot of run '%s', not of '%s': move it away, or set millrace.learner.snapshots to another folder"
              .formatted(path, info.run(), run),
          null);
    }
    if (info.format() != SnapshotInfo.FORMAT
        || !info.folder().equals(path.getFileName().toString())) {
      LOG.warn("snapshot skipped path={} error=\"not of this build, or renamed\"", path);
      return;
    }
    found.add(info);
  }

  /**
   * The files of the policy that a snapshot is of.
   *
   * @throws SnapshotException if they cannot be read
   */
  public PolicyFiles files(SnapshotInfo info) {
    Path path = folder.resolve(info.folder()).resolve(FILES);
    Map<String, byte[]> found = new TreeMap<>();
    try (Stream<Path> files = Files.list(path)) {
      for (Path file : files.toList()) {
        found.put(file.getFileName().toString(), Files.readAllBytes(file));
      }
      return new PolicyFiles(found);
    } catch (IOException | IllegalArgumentException e) {
      throw new SnapshotException(path + " cannot be read: " + e, e);
    }
  }

  /**
   * Loads one, if it is what it says.
   *
   * @return false if it is torn: then the updater must not be used
   */
  public boolean load(SnapshotInfo info, PolicyUpdater updater) {
    Path path = folder.resolve(info.folder());
    try {
      updater.load(path);
    } catch (RuntimeException e) {
      LOG.warn("snapshot skipped path={} error=\"{}\"", path, e.getMessage());
      return false;
    }
    boolean whole =
        updater.weightsSha256().equals(info.weightsSha256())
            && updater.optimizerSha256().equals(info.optimizerSha256());
    if (!whole) {
      LOG.warn("snapshot skipped path={} error=\"its contents are not what was saved\"", path);
    }
    return whole;
  }

  private static void delete(Path path) throws IOException {
    if (!Files.exists(path)) {
      return;
    }
    try (Stream<Path> tree = Files.walk(path)) {
      for (Path one : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(one);
      }
    }
  }
}
