package dev.millrace.serving.retrieval.assembly;

import dev.millrace.serving.retrieval.Passage;
import dev.millrace.serving.retrieval.Range;
import java.util.ArrayList;
import java.util.List;

/** Puts enlarged passages together: those that share text become one, in the place of the first. */
final class Joined {

  private final List<Passage> passages = new ArrayList<>();

  /** Adds a passage of a document whose whole text is known. */
  void add(Passage passage, String whole) {
    Passage joined = passage;
    int place = -1;
    for (int i = 0; i < passages.size(); i++) {
      Passage earlier = passages.get(i);
      if (earlier.isBeside(joined) && overlap(earlier.range(), joined.range())) {
        Passage better = place < 0 ? earlier : joined;
        joined = better.resized(earlier.range().join(joined.range()), whole);
        if (place < 0) {
          place = i;
        } else { // it closed a gap between two
          passages.remove(i);
          i--;
        }
        passages.set(place, joined);
      }
    }
    if (place < 0) {
      passages.add(joined);
    }
  }

  /** Adds a passage as it is. */
  void add(Passage passage) {
    boolean held =
        passages.stream().anyMatch(p -> p.isBeside(passage) && p.range().holds(passage.range()));
    if (!held) {
      passages.add(passage);
    }
  }

  List<Passage> passages() {
    return List.copyOf(passages);
  }

  private static boolean overlap(Range a, Range b) {
    return a.start() < b.end() && b.start() < a.end();
  }
}
