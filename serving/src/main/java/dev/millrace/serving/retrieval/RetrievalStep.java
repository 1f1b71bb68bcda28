package dev.millrace.serving.retrieval;

/** One named step from question to passages; pure apart from the servers that it asks. */
public interface RetrievalStep {

  /** Name in settings, requests and timings: lower case, no blanks. */
  String name();

  /** What the next step starts from. */
  Retrieved apply(Retrieved state);
}
