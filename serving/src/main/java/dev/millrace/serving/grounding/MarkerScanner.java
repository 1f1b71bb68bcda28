package dev.millrace.serving.grounding;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Takes an answer apart into text and markers such as {@code [1]}, {@code [2, 3]} or {@code 【4】},
 * while it comes in pieces. White space before a marker is part of it. What stands in code is text.
 */
final class MarkerScanner {

  /** What a scanned answer is made of. */
  interface Parts {

    void text(String text);

    /**
     * @param space the white space before the marker
     * @param numbers in it, at least one
     */
    void marker(String space, List<Integer> numbers);
  }

  private static final int LONGEST = 24;
  private static final Pattern BEGUN = Pattern.compile("[\\[【][\\s\\d,;^]*");
  private static final Pattern WHOLE =
      Pattern.compile("[\\[【]\\s*\\^?(\\d{1,3}(?:\\s*[,;]\\s*\\d{1,3})*)\\s*[]】]");

  private final Parts parts;
  private final StringBuilder space = new StringBuilder();
  private final StringBuilder begun = new StringBuilder();
  private final StringBuilder text = new StringBuilder();
  private int backticks;
  private boolean fenced;
  private boolean inline;

  MarkerScanner(Parts parts) {
    this.parts = parts;
  }

  /** Takes the next piece; gives on all of it but what may be the beginning of a marker. */
  void add(String piece) {
    for (int i = 0; i < piece.length(); i++) {
      character(piece.charAt(i));
    }
    flush();
  }

  /** No more comes: gives on what was held back. */
  void end() {
    text.append(space).append(begun);
    space.setLength(0);
    begun.setLength(0);
    flush();
  }

  private void character(char c) {
    if (!begun.isEmpty()) {
      begun.append(c);
      Matcher whole = WHOLE.matcher(begun);
      if (whole.matches()) {
        marker(whole.group(1));
        return;
      }
      if (begun.length() <= LONGEST && BEGUN.matcher(begun).matches()) {
        return;
      }
      begun.setLength(begun.length() - 1);
      text.append(space).append(begun); // it was text after all
      space.setLength(0);
      begun.setLength(0);
    }
    plain(c);
  }

  private void plain(char c) {
    code(c);
    if ((c == '[' || c == '【') && !fenced && !inline) {
      begun.append(c);
    } else if (c == ' ' || c == '\t' || c == '\u00A0' || c == '\u202F') {
      space.append(c);
    } else {
      text.append(space).append(c);
      space.setLength(0);
    }
  }

  private void code(char c) {
    if (c == '`') {
      backticks++;
      return;
    }
    if (backticks >= 3) {
      fenced = !fenced;
      inline = false;
    } else if (backticks > 0 && !fenced) {
      inline = !inline;
    }
    backticks = 0;
    if (c == '\n') {
      inline = false;
    }
  }

  private void marker(String written) {
    flush();
    List<Integer> numbers = new ArrayList<>();
    for (String number : written.split("\\D+")) {
      numbers.add(Integer.parseInt(number));
    }
    String before = space.toString();
    space.setLength(0);
    begun.setLength(0);
    parts.marker(before, numbers);
  }

  private void flush() {
    if (!text.isEmpty()) {
      String out = text.toString();
      text.setLength(0);
      parts.text(out);
    }
  }
}
