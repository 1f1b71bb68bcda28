package dev.millrace.app;

import dev.millrace.runtime.Stage;
import dev.millrace.runtime.StageContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Makes the stages of the targets, in the order of the stream. */
final class Stages {

  private Stages() {}

  static List<Stage> of(Set<Target> targets, StageContext context) {
    List<Stage> stages = new ArrayList<>();
    return stages;
  }
}
