package dev.millrace.serving.retrieval;

import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * The searchable passages. Every method shows only what the caller in the request may see.
 *
 * <p>Safe for several threads. Methods block for as long as the index takes to answer, within its
 * own time limit; they throw {@link dev.millrace.serving.Refusal} with 503 when it is away.
 */
public interface PassageIndex {

  /**
   * Best passages first.
   *
   * @param vector the question's embedding; null only in mode {@link SearchMode#BM25}
   */
  List<Passage> search(SearchRequest request, float[] vector);

  /**
   * Current revisions of documents, whoever may see them: callers check {@link
   * CleanedDocument#acl()}. Deleted, rejected and unknown documents are missing from the result.
   */
  Map<String, CleanedDocument> documents(Collection<String> ids);

  /** True if the index answers. */
  boolean available();
}
