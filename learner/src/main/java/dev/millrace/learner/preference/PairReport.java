package dev.millrace.learner.preference;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.learner.update.SettingsJson;
import java.util.List;
import java.util.Optional;

/**
 * What training on pairs came to. Stands beside the model as {@value #FILE}: with the same
 * settings, pairs and kind of CPU the same weights come out.
 *
 * @param settings resolved
 * @param startSha256 of the weights that training began with
 * @param weightsSha256 of the weights now
 */
public record PairReport(
    PairRunSettings settings,
    PairCounts pairs,
    List<PairEpoch> epochs,
    String startSha256,
    String weightsSha256) {

  /** The name of the file. */
  public static final String FILE = "millrace_training.json";

  public PairReport {
    epochs = List.copyOf(epochs);
  }

  /** Share of the held-out pairs that are ranked as they should be, if any are held out. */
  public Optional<Double> heldOutAccuracy() {
    return Optional.ofNullable(epochs.getLast().heldOutAccuracy());
  }

  /** As it is written. */
  public ObjectNode json() {
    return SettingsJson.tree(this);
  }
}
