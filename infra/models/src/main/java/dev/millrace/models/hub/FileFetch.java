package dev.millrace.models.hub;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;

/** One file: goes on where an earlier attempt stopped, checks, and puts it under its name. */
final class FileFetch implements Attempts.Work<Path> {

  private static final int BUFFER_BYTES = 1 << 16;
  private static final int RANGE_NOT_SATISFIABLE = 416;

  private final HubClient client;
  private final HubModel model;
  private final Path target;
  private final Path partial;
  private final FetchProgress progress;
  private HubFile file;

  FileFetch(
      HubClient client, HubModel model, HubFile file, Path directory, FetchProgress progress) {
    this.client = client;
    this.model = model;
    this.file = file;
    this.progress = progress;
    this.target = directory.resolve(file.name());
    // Named by the content where that is known, else by the revision: the rest of one file is
    // never put behind the beginning of another.
    String content = file.sha256().orElse(model.revision().replace('/', '_'));
    this.partial = target.resolveSibling("." + target.getFileName() + "." + content + ".partial");
  }

  @Override
  public Path run() throws IOException {
    if (isThere()) {
      return target;
    }
    Files.createDirectories(target.getParent());
    download();
    long arrived = Files.size(partial);
    if (file.size().isPresent() && arrived != file.size().getAsLong()) {
      if (arrived > file.size().getAsLong()) {
        Files.delete(partial);
      }
      throw new Attempts.Temporary(
          "%s has %d bytes, expected %d".formatted(file.name(), arrived, file.size().getAsLong()),
          Duration.ZERO);
    }
    if (file.sha256().isPresent()) {
      String actual = sha256(partial);
      if (!actual.equals(file.sha256().get())) {
        Files.delete(partial);
        throw new Attempts.Temporary(
            "%s has the sha256 %s, expected %s".formatted(file.name(), actual, file.sha256().get()),
            Duration.ZERO);
      }
    }
    Files.move(
        partial, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    return target;
  }

  private boolean isThere() throws IOException {
    if (!Files.isRegularFile(target) || file.size().isEmpty()) {
      return false;
    }
    return Files.size(target) == file.size().getAsLong()
        && (file.sha256().isEmpty() || file.sha256().get().equals(sha256(target)));
  }

  private void download() throws IOException {
    long have = Files.exists(partial) ? Files.size(partial) : 0;
    if (file.size().isPresent() && have == file.size().getAsLong() && have > 0) {
      return;
    }
    try (HubResponse response = client.get(model.filePath(file.name()), have)) {
      if (response.status() == RANGE_NOT_SATISFIABLE && have > 0) {
        Files.delete(partial);
        throw new Attempts.Temporary(file.name() + " changed on the hub", Duration.ZERO);
      }
      Attempts.requireSuccess(response, file.name() + " of " + model);
      file = file.with(response);
      boolean continues = response.status() == 206 && response.firstByte() == have;
      if (response.status() == 206 && !continues) {
        Files.deleteIfExists(partial);
        throw new Attempts.Temporary(
            file.name() + ": the hub sent bytes from " + response.firstByte() + ", not " + have,
            Duration.ZERO);
      }
      receive(response, continues ? have : 0);
    }
  }

  private void receive(HubResponse response, long have) throws IOException {
    long total = file.size().orElse(-1);
    long done = have;
    StandardOpenOption how =
        have > 0 ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING;
    try (InputStream body = response.body();
        OutputStream out =
            Files.newOutputStream(
                partial, StandardOpenOption.CREATE, StandardOpenOption.WRITE, how)) {
      byte[] buffer = new byte[BUFFER_BYTES];
      for (int n = body.read(buffer); n >= 0; n = body.read(buffer)) {
        out.write(buffer, 0, n);
        done += n;
        progress.bytes(file.name(), done, total);
      }
    }
    try (FileChannel written = FileChannel.open(partial, StandardOpenOption.WRITE)) {
      written.force(true);
    }
  }

  private static String sha256(Path path) throws IOException {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
    try (InputStream in = Files.newInputStream(path)) {
      byte[] buffer = new byte[BUFFER_BYTES];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
