package dev.millrace.preprocess.document;

import java.util.Objects;

/** A piece of a document's text with its role in the structure, in reading order. */
public sealed interface Block {

  /** The text; lines are separated by {@code \n}. */
  String text();

  /** The same role with another text. */
  Block withText(String text);

  /**
   * A heading.
   *
   * @param level 1 (outermost) to 6
   */
  record Heading(int level, String text) implements Block {
    public Heading {
      Objects.requireNonNull(text, "text");
      if (level < 1 || level > 6) {
        throw new IllegalArgumentException("a heading's level is 1 to 6: " + level);
      }
    }

    @Override
    public Heading withText(String other) {
      return new Heading(level, other);
    }
  }

  /** Running text. */
  record Paragraph(String text) implements Block {
    public Paragraph {
      Objects.requireNonNull(text, "text");
    }

    @Override
    public Paragraph withText(String other) {
      return new Paragraph(other);
    }
  }

  /** One item of a list. */
  record ListItem(String text) implements Block {
    public ListItem {
      Objects.requireNonNull(text, "text");
    }

    @Override
    public ListItem withText(String other) {
      return new ListItem(other);
    }
  }

  /** One row of a table, its cells kept apart by {@link #CELL_SEPARATOR}. */
  record TableRow(String text) implements Block {
    public static final String CELL_SEPARATOR = " | ";

    public TableRow {
      Objects.requireNonNull(text, "text");
    }

    @Override
    public TableRow withText(String other) {
      return new TableRow(other);
    }
  }

  /** Preformatted text: its line breaks and indentation have a meaning. */
  record Code(String text) implements Block {
    public Code {
      Objects.requireNonNull(text, "text");
    }

    @Override
    public Code withText(String other) {
      return new Code(other);
    }
  }
}
