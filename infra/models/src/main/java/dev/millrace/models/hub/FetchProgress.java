package dev.millrace.models.hub;

/** Told how a fetch goes on, on the thread that fetches. */
@FunctionalInterface
public interface FetchProgress {

  FetchProgress NONE = (file, done, total) -> {};

  /**
   * @param file path in the model
   * @param done bytes on disk
   * @param total bytes of the file, -1 if the hub does not say
   */
  void bytes(String file, long done, long total);
}
