package dev.millrace.learner.run;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** Where two settings trees differ: a run goes on with those that it began with, or not at all. */
public final class SettingsDifference {

  private SettingsDifference() {}

  /**
   * The first difference as {@code key: ours, theirs}, or empty. What reward profiles are known is
   * no matter of the file, and is left out.
   */
  public static Optional<String> first(RunSettings file, RunSettings started) {
    return first(
        "", file.withProfiles(Map.of()).resolved(), started.withProfiles(Map.of()).resolved());
  }

  private static Optional<String> first(String path, JsonNode file, JsonNode started) {
    if (!file.isObject() || !started.isObject()) {
      return file.equals(started)
          ? Optional.empty()
          : Optional.of("%s is %s, the run began with %s".formatted(path, file, started));
    }
    var keys = new TreeSet<String>();
    file.fieldNames().forEachRemaining(keys::add);
    started.fieldNames().forEachRemaining(keys::add);
    for (String key : keys) {
      var found = first(path.isEmpty() ? key : path + "." + key, file.path(key), started.path(key));
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }
}
