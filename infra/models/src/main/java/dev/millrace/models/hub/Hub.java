package dev.millrace.models.hub;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Objects;

/**
 * Fetches models from a Hugging Face hub or a mirror with the same addresses. What arrived before a
 * failure is kept, in this call and the next one; a file appears under its name only when its size
 * and, where the hub tells it, its SHA-256 are right.
 */
public final class Hub {

  private static final JsonMapper JSON = new JsonMapper();
  private static final int MAX_LISTING_BYTES = 32 << 20;

  private final HubClient client;
  private final Attempts attempts;

  public Hub(HubSettings settings) {
    this.client = new HubClient(Objects.requireNonNull(settings, "settings"));
    this.attempts = new Attempts(settings.attempts(), settings.backoff());
  }

  /**
   * Fetches config, tokenizer and safetensors of a model, whichever of them the hub lists. Files
   * which are there already, with the right size and hash, are not fetched again.
   *
   * @param directory made if needed
   * @return {@code directory}
   * @throws HubException if the model is not there or could not be fetched in the attempts allowed
   */
  public Path fetch(HubModel model, Path directory, FetchProgress progress) {
    HubListing listing = attempts.of("the list of files of " + model, () -> list(model));
    HubModel pinned = listing.commit().map(model::at).orElse(model);
    return fetchAll(pinned, listing.files(), directory, progress);
  }

  /** Fetches the named files, without asking for a list: for mirrors that have none. */
  public Path fetch(HubModel model, List<String> files, Path directory, FetchProgress progress) {
    return fetchAll(model, files.stream().map(HubFile::named).toList(), directory, progress);
  }

  private HubListing list(HubModel model) throws IOException {
    try (HubResponse response = client.get(model.listingPath(), 0)) {
      Attempts.requireSuccess(response, model.toString());
      try (InputStream body = response.body()) {
        byte[] json = body.readNBytes(MAX_LISTING_BYTES);
        return HubListing.read(JSON.readTree(json), model);
      } catch (JsonProcessingException e) {
        throw new HubException(
            "the hub's list of files of " + model + " is not JSON: " + e.getOriginalMessage(), e);
      }
    }
  }

  private Path fetchAll(
      HubModel model, List<HubFile> files, Path directory, FetchProgress progress) {
    try {
      Files.createDirectories(directory);
      Path lockFile = directory.resolve(".fetch.lock");
      try (FileChannel channel =
              FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          FileLock lock = lock(channel, directory)) {
        for (HubFile file : files) {
          FileFetch fetch = new FileFetch(client, model, file, directory, progress);
          attempts.of(file.name() + " of " + model, fetch);
        }
      }
      Files.deleteIfExists(lockFile);
      return directory;
    } catch (IOException e) {
      throw new HubException(directory + ": cannot be written: " + e.getMessage(), e);
    }
  }

  private static FileLock lock(FileChannel channel, Path directory) throws IOException {
    FileLock lock = null;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException heldByThisProcess) {
      lock = null;
    }
    if (lock == null) {
      throw new HubException(directory + ": another fetch into it is going on");
    }
    return lock;
  }
}
