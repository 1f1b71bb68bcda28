package dev.millrace.models.tokenizer;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.objects.date.StrftimeFormatter;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/** Functions that chat templates call; public because the template library calls them. */
public final class ChatFunctions {

  /** A template's own refusal of its input. */
  static final class Refusal extends RuntimeException {
    Refusal(String message) {
      super(message);
    }
  }

  private ChatFunctions() {}

  /** Ends the rendering with the template's own message. */
  public static Object raise(String message) {
    throw new Refusal(message);
  }

  /** The time now, in Python's format, for example {@code %d %b %Y}. */
  public static String strftimeNow(String format) {
    var config = JinjavaInterpreter.getCurrent().getConfig();
    Instant now = Instant.ofEpochMilli(config.getDateTimeProvider().getCurrentTimeMillis());
    return StrftimeFormatter.format(now.atZone(config.getTimeZone()), format, Locale.ENGLISH);
  }

  /** An item of a list, nothing before its start and behind its end. */
  public static Object itemAt(List<?> items, Long index) {
    return index < 0 || index >= items.size() ? null : items.get(index.intValue());
  }
}
