package dev.millrace.serving.access;

import dev.millrace.serving.Refusal;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;

/**
 * Who sent a request: a name for the log and the principals that decide which documents they see.
 *
 * <p>Principals are compared as written. The reserved principal {@value #EVERYBODY} stands for
 * everybody: it is what a document without an access list is readable by, every caller has it, and
 * naming it in a request adds nothing.
 *
 * @param name the API key's name, or {@code anonymous}
 * @param principals without {@value #EVERYBODY}
 * @param roles what they may do
 */
public record Caller(String name, Set<String> principals, Set<Role> roles) {

  /** Readers of a document without an access list. */
  public static final String EVERYBODY = "*";

  /** Sees public documents only. */
  public static final Caller ANONYMOUS = new Caller("anonymous", Set.of());

  public Caller {
    TreeSet<String> kept = new TreeSet<>();
    for (String principal : principals) {
      String trimmed = principal.strip();
      if (!trimmed.isEmpty() && !trimmed.equals(EVERYBODY)) {
        kept.add(trimmed);
      }
    }
    principals = Set.copyOf(kept);
    roles = Set.copyOf(roles);
  }

  /** A reader. */
  public Caller(String name, Set<String> principals) {
    this(name, principals, Set.of(Role.READER));
  }

  /**
   * The same caller, if it may act in this role.
   *
   * @throws Refusal 403 naming the role
   */
  public Caller in(Role role) {
    if (!roles.contains(role)) {
      throw Refusal.forbidden(
          "This needs the role '%s', which '%s' does not have.".formatted(role.written(), name));
    }
    return this;
  }

  /** True if a document with this access list may be shown; an empty list means everybody. */
  public boolean maySee(Collection<String> acl) {
    return acl.isEmpty()
        || acl.stream().anyMatch(p -> EVERYBODY.equals(p) || principals.contains(p));
  }
}
