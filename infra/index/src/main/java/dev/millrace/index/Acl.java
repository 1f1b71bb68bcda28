package dev.millrace.index;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * Who may read. In the index an empty list is written as the reserved principal {@value #PUBLIC},
 * so that "public or mine" is one {@code terms} query and no entry lacks the field.
 */
public final class Acl {

  /** Everybody. */
  public static final String PUBLIC = "*";

  private Acl() {}

  /** What stands in the index for a document's list. */
  public static List<String> stored(List<String> acl) {
    return acl.isEmpty() ? List.of(PUBLIC) : List.copyOf(acl);
  }

  /** The values of the {@code terms} filter on {@code acl} for a reader who is all of these. */
  public static List<String> readableBy(Collection<String> principals) {
    var values = new LinkedHashSet<String>();
    values.add(PUBLIC);
    values.addAll(principals);
    return List.copyOf(values);
  }
}
