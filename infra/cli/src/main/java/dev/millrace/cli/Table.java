package dev.millrace.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Columns of text; those of numbers stand to the right. */
final class Table {

  private static final String INDENT = "  ";

  private final List<String> header;
  private final List<List<String>> rows = new ArrayList<>();
  private final boolean[] right;

  Table(String... header) {
    this.header = List.of(header);
    this.right = new boolean[header.length];
    Arrays.fill(right, true);
  }

  /**
   * @param cells as many as the header has; a null is shown as nothing
   */
  Table row(Object... cells) {
    List<String> row = new ArrayList<>();
    for (int i = 0; i < header.size(); i++) {
      Object cell = cells[i];
      right[i] &= cell == null || cell instanceof Number;
      row.add(text(cell));
    }
    rows.add(row);
    return this;
  }

  private static String text(Object cell) {
    if (cell instanceof Long || cell instanceof Integer) {
      return String.format(Locale.ROOT, "%,d", ((Number) cell).longValue());
    }
    return cell == null
        ? ""
        : cell instanceof Number ? String.format(Locale.ROOT, "%.2f", cell) : cell.toString();
  }

  void print(Screen screen) {
    int[] widths = new int[header.size()];
    for (int i = 0; i < widths.length; i++) {
      widths[i] = header.get(i).length();
      for (List<String> row : rows) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    screen.line(screen.dim(line(header, widths)));
    rows.forEach(row -> screen.line(line(row, widths)));
  }

  private String line(List<String> cells, int[] widths) {
    var line = new StringBuilder();
    for (int i = 0; i < cells.size(); i++) {
      String pad = " ".repeat(widths[i] - cells.get(i).length());
      line.append(INDENT).append(right[i] ? pad + cells.get(i) : cells.get(i) + pad);
    }
    return line.toString().stripTrailing();
  }
}
