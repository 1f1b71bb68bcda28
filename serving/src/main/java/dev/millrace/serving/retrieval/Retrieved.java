package dev.millrace.serving.retrieval;

import java.util.ArrayList;
import java.util.List;

/**
 * The state of a retrieval between two steps.
 *
 * @param question what is asked, understandable by itself: the request's text until a step rewrites
 *     it
 * @param queries what the index is asked; the first is the question
 * @param depth passages that each query is to bring
 * @param rankings one for each query, once they have been put
 * @param passages best first
 * @param timings one for each step that ran
 * @param note what the step has to say for the debug block; empty: nothing
 */
public record Retrieved(
    SearchRequest request,
    String question,
    List<Query> queries,
    int depth,
    List<List<Passage>> rankings,
    List<Passage> passages,
    List<StepTiming> timings,
    String note) {

  public Retrieved {
    queries = List.copyOf(queries);
    rankings = List.copyOf(rankings);
    passages = List.copyOf(passages);
    timings = List.copyOf(timings);
  }

  /** Before the first step. */
  public static Retrieved start(SearchRequest request, int depth) {
    return new Retrieved(
        request,
        request.text(),
        List.of(Query.of(request.text(), request.mode(), 1)),
        depth,
        List.of(),
        List.of(),
        List.of(),
        "");
  }

  /** Another question in the place of the first query. */
  public Retrieved withQuestion(String rewritten) {
    List<Query> changed = new ArrayList<>(queries);
    changed.set(0, Query.of(rewritten, queries.getFirst().mode(), queries.getFirst().weight()));
    return new Retrieved(request, rewritten, changed, depth, rankings, passages, timings, note);
  }

  public Retrieved withQueries(List<Query> changed) {
    return new Retrieved(request, question, changed, depth, rankings, passages, timings, note);
  }

  /** One query more. */
  public Retrieved plus(Query query) {
    List<Query> more = new ArrayList<>(queries);
    more.add(query);
    return withQueries(more);
  }

  /** What the index answered; the first ranking stands until they are fused. */
  public Retrieved withRankings(List<List<Passage>> found) {
    List<Passage> first = found.isEmpty() ? List.of() : found.getFirst();
    return new Retrieved(request, question, queries, depth, found, first, timings, note);
  }

  public Retrieved withPassages(List<Passage> changed) {
    return new Retrieved(request, question, queries, depth, rankings, changed, timings, note);
  }

  public Retrieved withNote(String said) {
    return new Retrieved(request, question, queries, depth, rankings, passages, timings, said);
  }

  Retrieved withTiming(StepTiming timing) {
    List<StepTiming> longer = new ArrayList<>(timings);
    longer.add(timing);
    return new Retrieved(request, question, queries, depth, rankings, passages, longer, "");
  }
}
