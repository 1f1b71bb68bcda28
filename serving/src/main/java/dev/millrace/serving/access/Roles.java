package dev.millrace.serving.access;

import java.util.Set;

/**
 * Who may look at the stream and who may change it.
 *
 * @param keyed whether API keys are configured: then principals decide, else where the caller sits
 * @param viewers principals who may look
 * @param operators principals who may look and change
 */
public record Roles(boolean keyed, Set<String> viewers, Set<String> operators) {

  public Roles {
    viewers = Set.copyOf(viewers);
    operators = Set.copyOf(operators);
  }

  /**
   * @param local whether the request comes from this very machine, and not through a proxy on it
   */
  public boolean mayView(Caller caller, boolean local) {
    return keyed ? isOne(caller, viewers) || isOne(caller, operators) : local;
  }

  /**
   * @param local whether the request comes from this very machine, and not through a proxy on it
   */
  public boolean mayOperate(Caller caller, boolean local) {
    return keyed ? isOne(caller, operators) : local;
  }

  private static boolean isOne(Caller caller, Set<String> principals) {
    return caller.principals().stream().anyMatch(principals::contains);
  }
}
