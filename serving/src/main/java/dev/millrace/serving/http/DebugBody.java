package dev.millrace.serving.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.serving.retrieval.StepTiming;
import java.util.List;

/** What retrieval did, as the extension {@code debug}. */
final class DebugBody {

  private DebugBody() {}

  static void put(ObjectNode to, List<StepTiming> steps) {
    ArrayNode list = to.putObject("debug").putArray("retrieval");
    for (StepTiming step : steps) {
      ObjectNode one =
          list.addObject()
              .put("step", step.step())
              .put("millis", step.micros() / 1_000.0)
              .put("passages", step.passages());
      if (!step.note().isEmpty()) {
        one.put("note", step.note());
      }
    }
  }
}
