package dev.millrace.serving.extractive;

import dev.millrace.models.embedding.EmbeddingModel;
import dev.millrace.serving.retrieval.Passage;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Ranks the sentences of retrieved passages as answers to a question, by the question's words in
 * the sentence and around it, the likeness of their vectors, the rank of the passage and the shape
 * of the sentence. Gives nothing where the best would not be an answer.
 */
final class SentenceSelection {

  /** How many sentences get a vector: the best by words alone. */
  private static final int EMBEDDED = 40;

  // Relative weights of what speaks for a sentence; the coverage of the question counts 1.
  private static final double AROUND = 0.35;
  private static final double LIKENESS = 0.35;
  private static final double RANK = 0.25;
  private static final double LITERAL = 0.3;

  private static final Pattern NAME =
      Pattern.compile("[\\p{L}\\p{N}_]+(?:[=._:/-]+[\\p{L}\\p{N}_]+)+");
  private static final Pattern QUESTION = Pattern.compile("[?？]['\")\\]]*$");

  private final EmbeddingModel model;
  private final AnswerSettings settings;

  SentenceSelection(EmbeddingModel model, AnswerSettings settings) {
    this.model = model;
    this.settings = settings;
  }

  /** Candidates that may be answers, best first; none if the passages do not fit the question. */
  List<Evidence> rank(String question, List<Passage> passages) {
    Set<String> asked = Terms.asked(question);
    List<Sentence> sentences = sentences(passages);
    if (asked.isEmpty() || sentences.isEmpty()) {
      return List.of();
    }
    TermWeights weights = new TermWeights(asked, sentences);
    List<String> names =
        NAME.matcher(question).results().map(r -> r.group().toLowerCase(Locale.ROOT)).toList();
    List<Evidence> byWords =
        sentences.stream()
            .map(s -> byWords(s, weights, names))
            .filter(e -> e.own() > 0)
            .sorted(Comparator.comparingDouble(Evidence::score).reversed())
            .limit(EMBEDDED)
            .toList();
    return withLikeness(question, byWords).stream()
        .filter(e -> e.own() >= settings.ownCoverage())
        .filter(e -> e.supported() >= settings.supportedCoverage())
        .sorted(Comparator.comparingDouble(Evidence::score).reversed())
        .toList();
  }

  private static List<Sentence> sentences(List<Passage> passages) {
    List<Sentence> sentences = new ArrayList<>();
    Set<List<Object>> seen = new HashSet<>();
    for (int rank = 0; rank < passages.size(); rank++) {
      Passage passage = passages.get(rank);
      String before = "";
      for (SentenceSplitter.Range range : SentenceSplitter.split(passage.text())) {
        String text = passage.text().substring(range.start(), range.end());
        int start = passage.start() + range.start();
        if (seen.add(List.of(passage.documentId(), passage.revision(), start))) {
          sentences.add(
              new Sentence(
                  passage, rank, start, start + text.length(), text, before, Terms.of(text)));
        }
        before = text;
      }
    }
    return sentences;
  }

  private static Evidence byWords(Sentence sentence, TermWeights weights, List<String> names) {
    double own = weights.coverage(sentence.terms());
    Set<String> around = new HashSet<>(sentence.terms());
    Passage passage = sentence.passage();
    around.addAll(Terms.of(sentence.before()));
    passage.headings().forEach(h -> around.addAll(Terms.of(h)));
    if (passage.title() != null) {
      around.addAll(Terms.of(passage.title()));
    }
    double near = weights.coverage(around);
    around.addAll(Terms.of(passage.text()));
    double supported = weights.coverage(around);
    String lower = sentence.text().toLowerCase(Locale.ROOT);
    long literal = names.stream().filter(lower::contains).count();
    double score =
        own
            + AROUND * (near - own)
            + RANK / (1 + sentence.rank())
            + (names.isEmpty() ? 0 : LITERAL * literal / names.size());
    return new Evidence(sentence, own, supported, score * shape(sentence));
  }

  /** Less than 1 for what is no statement: fragments, questions, and lists run together. */
  private static double shape(Sentence sentence) {
    int words = sentence.terms().size();
    double shape = 1;
    if (words < 4) {
      shape *= 0.5;
    } else if (words < 7) {
      shape *= 0.85;
    } else if (words > 60) {
      shape *= 0.7;
    }
    return QUESTION.matcher(sentence.text()).find() ? shape * 0.5 : shape;
  }

  private List<Evidence> withLikeness(String question, List<Evidence> candidates) {
    if (candidates.isEmpty()) {
      return candidates;
    }
    float[] asked = model.embed(List.of(question), EmbeddingModel.Role.QUERY).get(0);
    List<float[]> vectors =
        model.embed(
            candidates.stream().map(e -> e.sentence().text()).toList(),
            EmbeddingModel.Role.PASSAGE);
    List<Evidence> scored = new ArrayList<>();
    for (int i = 0; i < candidates.size(); i++) {
      Evidence e = candidates.get(i);
      double likeness = Math.max(0, dot(asked, vectors.get(i))) * shape(e.sentence());
      scored.add(
          new Evidence(e.sentence(), e.own(), e.supported(), e.score() + LIKENESS * likeness));
    }
    return scored;
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
