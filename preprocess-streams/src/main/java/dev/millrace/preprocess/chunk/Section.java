package dev.millrace.preprocess.chunk;

import dev.millrace.preprocess.clean.CleanedDocument.Span;
import dev.millrace.preprocess.document.Block;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * A heading and what stands under it up to the next heading. A heading with nothing under it opens
 * the section that follows.
 *
 * @param headings heading path, outermost first; the section's own heading is the last
 * @param spans in order, never empty
 */
record Section(List<String> headings, List<Span> spans) {

  int start() {
    return spans.getFirst().start();
  }

  int end() {
    return spans.getLast().end();
  }

  static List<Section> of(List<Span> spans) {
    List<Section> sections = new ArrayList<>();
    Deque<Block.Heading> path = new ArrayDeque<>();
    List<Span> current = new ArrayList<>();
    boolean hasText = false;
    for (Span span : spans) {
      if (span.block() instanceof Block.Heading heading) {
        if (hasText) {
          sections.add(section(path, current));
          current.clear();
          hasText = false;
        }
        while (!path.isEmpty() && path.peekLast().level() >= heading.level()) {
          path.removeLast();
        }
        path.addLast(heading);
      } else {
        hasText = true;
      }
      current.add(span);
    }
    if (!current.isEmpty()) {
      sections.add(section(path, current));
    }
    return sections;
  }

  private static Section section(Deque<Block.Heading> path, List<Span> spans) {
    return new Section(path.stream().map(Block.Heading::text).toList(), List.copyOf(spans));
  }
}
