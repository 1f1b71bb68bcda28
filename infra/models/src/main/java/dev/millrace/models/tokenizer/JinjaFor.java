package dev.millrace.models.tokenizer;

import com.hubspot.jinjava.interpret.InterpretException;
import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.tag.ForTag;
import com.hubspot.jinjava.objects.collections.PyList;
import com.hubspot.jinjava.tree.Node;
import com.hubspot.jinjava.tree.TagNode;
import com.hubspot.jinjava.tree.parse.TagToken;
import com.hubspot.jinjava.util.ForLoop;
import com.hubspot.jinjava.util.ObjectIterator;
import com.hubspot.jinjava.util.ObjectTruthValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.commons.lang3.tuple.Pair;

/** The for of Jinja2: with a filter ({@code for x in xs if ...}), and neighbours of an item. */
final class JinjaFor extends ForTag {

  private static final long serialVersionUID = 1L;

  /** Where the items of the innermost loop stand, for {@code loop.previtem} and its like. */
  static final String ITEMS = "loop_items";

  @Override
  public String interpretUnchecked(TagNode tag, JinjavaInterpreter interpreter) {
    for (Node child : tag.getChildren()) {
      if (child instanceof TagNode inner && inner.getName().equals("else")) {
        throw new InterpretException("for ... else is not supported", tag.getLineNumber());
      }
    }
    Pair<List<String>, String> parts = getLoopVarsAndExpression((TagToken) tag.getMaster());
    List<String> variables = parts.getLeft();
    String expression = parts.getRight();
    int condition = topLevelIf(expression);
    String source = condition < 0 ? expression : expression.substring(0, condition);
    ForLoop loop =
        ObjectIterator.getLoop(interpreter.resolveELExpression(source, tag.getLineNumber()));
    List<Object> items = new ArrayList<>();
    while (loop.hasNext()) {
      Object item = loop.next();
      if (condition < 0
          || holds(expression.substring(condition + 3), variables, item, tag, interpreter)) {
        items.add(item);
      }
    }
    try (JinjavaInterpreter.InterpreterScopeClosable scope = interpreter.enterScope()) {
      interpreter.getContext().put(ITEMS, new PyList(items));
      return renderForCollection(tag, interpreter, variables, items);
    }
  }

  private static boolean holds(
      String condition,
      List<String> variables,
      Object item,
      TagNode tag,
      JinjavaInterpreter interpreter) {
    try (JinjavaInterpreter.InterpreterScopeClosable scope = interpreter.enterScope()) {
      for (int i = 0; i < variables.size(); i++) {
        interpreter.getContext().put(variables.get(i), part(item, i, variables.size()));
      }
      return ObjectTruthValue.evaluate(
          interpreter.resolveELExpression(condition, tag.getLineNumber()));
    }
  }

  private static Object part(Object item, int index, int count) {
    if (count == 1) {
      return item;
    }
    if (item instanceof Map.Entry<?, ?> entry) {
      return index == 0 ? entry.getKey() : entry.getValue();
    }
    return item instanceof List<?> list && index < list.size() ? list.get(index) : null;
  }

  /** Index of the filter's {@code if} outside of brackets and quotes, -1 if there is none. */
  private static int topLevelIf(String expression) {
    int depth = 0;
    char quote = 0;
    for (int i = 0; i < expression.length(); i++) {
      char c = expression.charAt(i);
      if (quote != 0) {
        if (c == '\\') {
          i++;
        } else if (c == quote) {
          quote = 0;
        }
      } else if (c == '\'' || c == '"') {
        quote = c;
      } else if ("([{".indexOf(c) >= 0) {
        depth++;
      } else if (")]}".indexOf(c) >= 0) {
        depth--;
      } else if (depth == 0 && expression.startsWith(" if ", i)) {
        return i + 1;
      }
    }
    return -1;
  }
}
