package dev.millrace.preprocess.topology;

import dev.millrace.preprocess.document.RejectedException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Records that are known to fail, from a try whose transaction did not commit. Without it a
 * document that takes ten seconds to fail, or whose result the broker refuses, would do so again
 * after every rollback, and a run of them would never get through.
 */
final class KnownFaults {

  private static final int MOST = 1_000;

  private record Place(String topic, int partition, long offset) {}

  private final Map<Place, RejectedException> faults =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Place, RejectedException> eldest) {
          return size() > MOST;
        }
      };

  synchronized void add(String topic, int partition, long offset, RejectedException why) {
    faults.put(new Place(topic, partition, offset), why);
  }

  synchronized Optional<RejectedException> at(String topic, int partition, long offset) {
    return Optional.ofNullable(faults.get(new Place(topic, partition, offset)));
  }
}
