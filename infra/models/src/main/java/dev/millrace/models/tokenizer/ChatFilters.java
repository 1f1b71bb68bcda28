package dev.millrace.models.tokenizer;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.filter.AdvancedFilter;
import com.hubspot.jinjava.lib.filter.Filter;
import com.hubspot.jinjava.objects.collections.PyList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** Filters that the library lacks, or has with another result than Jinja2's. */
final class ChatFilters {

  private ChatFilters() {}

  static List<Filter> all() {
    return List.of(new ToJson(), new Reverse(), new Items());
  }

  private static final class ToJson implements AdvancedFilter {
    @Override
    public String getName() {
      return "tojson";
    }

    @Override
    public Object filter(
        Object value, JinjavaInterpreter interpreter, Object[] args, Map<String, Object> named) {
      Object indent = args.length > 0 ? args[0] : named.get("indent");
      return PythonJson.write(value, indent instanceof Number n ? n.intValue() : -1);
    }
  }

  private static final class Reverse implements Filter {
    @Override
    public String getName() {
      return "reverse";
    }

    @Override
    public Object filter(Object value, JinjavaInterpreter interpreter, String... args) {
      if (value instanceof String text) {
        return new StringBuilder(text).reverse().toString();
      }
      List<Object> items =
          new ArrayList<>(
              value instanceof Collection<?> many ? many : Arrays.asList((Object[]) value));
      Collections.reverse(items);
      return new PyList(items);
    }
  }

  private static final class Items implements Filter {
    @Override
    public String getName() {
      return "items";
    }

    @Override
    public Object filter(Object value, JinjavaInterpreter interpreter, String... args) {
      return value instanceof Map<?, ?> map ? new ArrayList<>(map.entrySet()) : List.of();
    }
  }
}
