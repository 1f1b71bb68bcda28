package dev.millrace.monitor.lag;

import java.util.List;

/** Says of which groups nobody expects that they read on. */
@FunctionalInterface
public interface RetirementRule {

  /** None of them. */
  RetirementRule NONE = (group, all) -> false;

  boolean retired(Offsets.Group group, List<Offsets.Group> all);
}
