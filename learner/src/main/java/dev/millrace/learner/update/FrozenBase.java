package dev.millrace.learner.update;

import dev.millrace.models.checkpoint.Checkpoint;
import dev.millrace.models.decoder.DecoderWeights;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Weights that do not learn: hashed once, and written once where snapshots can share a file. */
final class FrozenBase {

  private static final Logger LOG = LoggerFactory.getLogger(FrozenBase.class);

  private final DecoderWeights weights;
  private String sha256;
  private Path known; // where they are known to lie

  FrozenBase(DecoderWeights weights) {
    this.weights = weights;
  }

  String sha256() {
    if (sha256 == null) {
      sha256 = weights.sha256();
    }
    return sha256;
  }

  /** Writes them, or links to them where an earlier directory has the same; null: there is none. */
  void save(Path directory, Path earlier) {
    if (earlier == null || !holds(earlier) || !linked(earlier, directory)) {
      weights.save(directory);
    }
  }

  private boolean holds(Path earlier) {
    if (!earlier.equals(known)) {
      try (Checkpoint checkpoint = Checkpoint.open(earlier)) {
        known = checkpoint.sha256().equals(sha256()) ? earlier : null;
      } catch (RuntimeException e) {
        LOG.warn("weights are written again earlier={} error=\"{}\"", earlier, e.getMessage());
        return false;
      }
    }
    return known != null;
  }

  private static boolean linked(Path earlier, Path directory) {
    try (Stream<Path> files = Files.list(earlier)) {
      List<Path> model = files.filter(FrozenBase::ofModel).toList();
      Files.createDirectories(directory);
      for (Path file : model) {
        Files.createLink(directory.resolve(file.getFileName()), file);
      }
      return true;
    } catch (UnsupportedOperationException e) {
      return false; // this file system has no links
    } catch (IOException e) {
      throw new UncheckedIOException(directory + " cannot be written: " + e.getMessage(), e);
    }
  }

  private static boolean ofModel(Path file) {
    String name = file.getFileName().toString();
    return name.equals("config.json")
        || name.startsWith(Checkpoint.MODEL) && name.contains(".safetensors");
  }
}
