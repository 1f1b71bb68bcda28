package dev.millrace.serving.retrieval;

/** One named step from question to passages; pure apart from the servers that it asks. */
public interface RetrievalStep {

  /** Name in settings, requests and timings: lower case, no blanks. */
  String name();

  /** What the next step starts from. */
  Retrieved apply(Retrieved state);

  /** Passages that a query has to bring so that this step can choose {@code limit} of them. */
  default int depth(int limit) {
    return limit;
  }

  /** False for a step without which there is no result: nobody can switch it off. */
  default boolean optional() {
    return true;
  }
}
