package dev.millrace.serving.grounding;

import java.util.regex.Pattern;

/**
 * Makes text of documents harmless inside a prompt: it cannot end its passage, begin another one,
 * or pose as one of the marks by which chat templates tell who speaks. What looks like such a mark
 * loses its first bracket to a look-alike; everything else stays as it is.
 */
final class Quarantine {

  /** Opening brackets that a model may read as one. */
  private static final String OPEN = "[<\uFF1C\uFE64]";

  private static final Pattern PASSAGE =
      Pattern.compile(
          OPEN + "(?=\\s*/?\\s*passage)", Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);

  /** {@code <|im_start|>} and its kin, with DeepSeek's wide bar too. */
  private static final Pattern BARRED = Pattern.compile(OPEN + "(?=\\s*[|\uFF5C])");

  private static final Pattern NAMED =
      Pattern.compile(
          OPEN
              + "(?=\\s*/?\\s*(?:s|bos|eos|pad|unk|mask|sys|inst|think|thinking|tool_calls?"
              + "|tool_response|tools|system|user|human|assistant|model|start_of_turn|end_of_turn"
              + "|begin_of_text|end_of_text|turn)\\s*>)",
          Pattern.CASE_INSENSITIVE);

  private static final Pattern SYS =
      Pattern.compile("<<(?=\\s*/?\\s*sys)", Pattern.CASE_INSENSITIVE);
  private static final Pattern INST =
      Pattern.compile("\\[(?=\\s*/?\\s*inst\\s*])", Pattern.CASE_INSENSITIVE);
  private static final Pattern CONTROL = Pattern.compile("[\\p{Cc}&&[^\\n\\t]]");

  private Quarantine() {}

  /** Text of a passage. */
  static String text(String given) {
    String text = CONTROL.matcher(given).replaceAll("");
    text = PASSAGE.matcher(text).replaceAll("\u2039");
    text = BARRED.matcher(text).replaceAll("\u2039");
    text = SYS.matcher(text).replaceAll("\u2039\u2039");
    text = NAMED.matcher(text).replaceAll("\u2039");
    return INST.matcher(text).replaceAll("(");
  }

  /** Text inside the quotation marks of an attribute: one short line without brackets. */
  static String attribute(String given, int longest) {
    String line = text(given).replaceAll("\\s+", " ").replace('"', '\'').strip();
    line = line.replace('<', '\u2039').replace('>', '\u203A');
    return line.length() > longest ? line.substring(0, longest) + "…" : line;
  }
}
