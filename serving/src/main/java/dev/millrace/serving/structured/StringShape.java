package dev.millrace.serving.structured;

import java.util.Map;
import java.util.Set;

/** Strings: of a length, of a pattern, or of one of the formats that are known here. */
final class StringShape {

  private static final String MONTH_DAY =
      "((0[13578]|1[02])-(0[1-9]|[12]\\d|3[01])|(0[469]|11)-(0[1-9]|[12]\\d|30)|02-(0[1-9]|1\\d|2[0-8]))";
  private static final String DATE = "(19|20)\\d\\d-" + MONTH_DAY;
  private static final String TIME =
      "([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,6})?(Z|[+-](0\\d|1[0-3]):[0-5]\\d)";
  private static final String OCTET = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
  private static final String LABEL = "[a-z]([a-z0-9]{0,20}|[a-z0-9]{1,10}-[a-z0-9]{1,10})";

  private static final Map<String, String> FORMATS =
      Map.of(
          "date",
          DATE,
          "time",
          TIME,
          "date-time",
          DATE + "T" + TIME,
          "duration",
          "P([1-9]\\d{0,3}W|[1-9]\\d{0,3}D|([1-9]\\d{0,2}D)?T[1-9]\\d{0,3}[HMS])",
          "email",
          "[a-z][a-z0-9]{0,20}(\\.[a-z0-9]{1,20})?@" + LABEL + "\\.(com|org|net)",
          "hostname",
          LABEL + "(\\." + LABEL + "){0,3}",
          "ipv4",
          OCTET + "(\\." + OCTET + "){3}",
          "ipv6",
          "[0-9a-f]{1,4}(:[0-9a-f]{1,4}){7}",
          "uuid",
          "[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
          "uri",
          "https?://" + LABEL + "(\\." + LABEL + "){1,3}(/[A-Za-z0-9._~-]{1,30}){0,6}/?");

  private StringShape() {}

  static Node of(Place place) {
    int min = place.count("minLength", 0);
    int max = place.count("maxLength", Node.MANY);
    boolean sized = place.has("minLength") || place.has("maxLength");
    if (place.has("pattern")) {
      alone(place, "pattern", sized || place.has("format"));
      String pattern = place.get("pattern").asText();
      return JsonRules.string(PatternReader.read(place, pattern));
    }
    if (place.has("format")) {
      alone(place, "format", sized);
      String format = place.get("format").asText();
      if (!FORMATS.containsKey(format)) {
        throw place.wrong(
            "format",
            "'%s' is not supported; these are: %s."
                .formatted(format, String.join(", ", new java.util.TreeSet<>(FORMATS.keySet()))));
      }
      return JsonRules.string(PatternReader.read(place, FORMATS.get(format)));
    }
    if (!sized) {
      return JsonRules.STRING;
    }
    return max != Node.MANY && max < min
        ? Node.NEVER
        : JsonRules.string(Node.repeat(JsonRules.CHARACTER, min, max));
  }

  private static void alone(Place place, String keyword, boolean accompanied) {
    if (accompanied) {
      Set<String> others = place.assertions();
      others.retainAll(Kind.STRING.keywords());
      others.remove(keyword);
      throw place.wrong(keyword, "it is not supported together with " + others + ".");
    }
  }
}
