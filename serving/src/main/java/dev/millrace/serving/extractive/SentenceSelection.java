package dev.millrace.serving.extractive;

import dev.millrace.models.embedding.EmbeddingModel;
import dev.millrace.serving.retrieval.Passage;
import dev.millrace.serving.text.SentenceSplitter;
import dev.millrace.serving.text.Terms;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

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
  private static final double SUBJECT = 0.25;
  private static final double HEADING = 0.25;
  private static final double EXPLAINS = 1.0;

  /** A sentence has to say this many words beyond those of the question. */
  private static final int NEW_WORDS = 2;

  /** What is asked about stands early in a sentence that is about it. */
  private static final int BEFORE_SUBJECT = 3;

  private static final Pattern NAME =
      Pattern.compile("[\\p{L}\\p{N}_]+(?:[=._:/-]+[\\p{L}\\p{N}_]+)+");

  /** A name of code rather than a hyphenated word: an answer has to be about just this. */
  private static final Pattern IDENTIFIER = Pattern.compile(".*[=._:/].*");

  private static final Pattern STATEMENT = Pattern.compile("[.!:。！：]['\")\\]]*$");

  /** Begins with a word that stands for something said before. */
  private static final Pattern LEANING =
      Pattern.compile(
          "^\\W{0,2}(?:this|these|those|that|it|its|they|their|he|she|such|otherwise|however|instead|moreover|also|but|note"
              + " that|in this|in these|in both|as a result)\\b",
          Pattern.CASE_INSENSITIVE);

  private static final Pattern TABULAR = Pattern.compile("\\s\\|\\s");
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
    Optional<Definition> definition = Definition.asked(question);
    List<String> names =
        NAME.matcher(question).results().map(r -> r.group().toLowerCase(Locale.ROOT)).toList();
    Map<String, Set<String>> known = new HashMap<>();
    List<Evidence> byWords =
        sentences.stream()
            .filter(s -> weights.coverage(s.terms()) > 0)
            .filter(s -> saysMoreThan(asked, s))
            .filter(s -> isAboutNames(names, s))
            .map(s -> byWords(s, weights, names, definition, known))
            .sorted(Comparator.comparingDouble(Evidence::score).reversed())
            .limit(EMBEDDED)
            .toList();
    List<Evidence> fitting =
        withLikeness(question, byWords).stream()
            .filter(e -> e.own() >= settings.ownCoverage() && holdsEnough(asked, e.sentence()))
            .filter(e -> e.supported() >= settings.supportedCoverage())
            .sorted(Comparator.comparingDouble(Evidence::score).reversed())
            .toList();
    return definition.map(d -> explaining(d, fitting)).orElse(fitting);
  }

  /**
   * Those that say what the subject is; where there are none, those that begin with it. What only
   * mentions it is no explanation.
   */
  private static List<Evidence> explaining(Definition definition, List<Evidence> fitting) {
    List<Evidence> explaining =
        fitting.stream().filter(e -> e.explains() >= Definition.EXPLAINS).toList();
    if (!explaining.isEmpty()) {
      return explaining;
    }
    return definition.isSearch()
        ? fitting
        : fitting.stream()
            .filter(e -> isStatement(e.sentence()) && definition.isTopicOf(e.sentence().text()))
            .toList();
  }

  private static List<Sentence> sentences(List<Passage> passages) {
    List<Sentence> sentences = new ArrayList<>();
    Set<List<Object>> seen = new HashSet<>();
    for (int rank = 0; rank < passages.size(); rank++) {
      Passage passage = passages.get(rank);
      String before = "";
      int position = 0;
      for (SentenceSplitter.Range range : SentenceSplitter.split(passage.text())) {
        String text = passage.text().substring(range.start(), range.end());
        int start = passage.start() + range.start();
        if (seen.add(List.of(passage.documentId(), passage.revision(), start))) {
          sentences.add(new Sentence(passage, rank, position, start, text, before, Terms.of(text)));
        }
        position++;
        before = text;
      }
    }
    return sentences;
  }

  /** One word of several that are asked about is a chance meeting, however rare the word. */
  private static boolean holdsEnough(Set<String> asked, Sentence sentence) {
    long held = asked.stream().filter(sentence.terms()::contains).count();
    return held >= Math.min(2, (asked.size() + 1) / 2);
  }

  private static boolean saysMoreThan(Set<String> asked, Sentence sentence) {
    return sentence.terms().stream().filter(t -> !asked.contains(t)).count() >= NEW_WORDS;
  }

  /** Another setting's default is no answer to a question about this one. */
  private static boolean isAboutNames(List<String> names, Sentence sentence) {
    List<String> wanted = names.stream().filter(n -> IDENTIFIER.matcher(n).matches()).toList();
    if (wanted.isEmpty()) {
      return true;
    }
    List<String> headings = sentence.passage().headings();
    String near =
        String.join("\n", sentence.text(), sentence.before(), String.join("\n", headings));
    return wanted.stream().anyMatch(near.toLowerCase(Locale.ROOT)::contains);
  }

  /**
   * @param known terms of texts that many sentences share, filled on the way
   */
  private static Evidence byWords(
      Sentence sentence,
      TermWeights weights,
      List<String> names,
      Optional<Definition> definition,
      Map<String, Set<String>> known) {
    double own = weights.coverage(sentence.terms());
    Set<String> around = new HashSet<>(sentence.terms());
    Passage passage = sentence.passage();
    around.addAll(known.computeIfAbsent(sentence.before(), Terms::of));
    passage.headings().forEach(h -> around.addAll(known.computeIfAbsent(h, Terms::of)));
    if (passage.title() != null) {
      around.addAll(known.computeIfAbsent(passage.title(), Terms::of));
    }
    double near = weights.coverage(around);
    around.addAll(known.computeIfAbsent(passage.text(), Terms::of));
    double supported = weights.coverage(around);
    String lower = sentence.text().toLowerCase(Locale.ROOT);
    long literal = names.stream().filter(lower::contains).count();
    double score =
        own
            + AROUND * (near - own)
            + RANK / (1 + sentence.rank())
            + SUBJECT * weights.coverage(first(sentence.terms(), weights.size() + BEFORE_SUBJECT))
            + HEADING * heading(passage, weights, known) / (1 + sentence.position())
            + (names.isEmpty() ? 0 : LITERAL * literal / names.size());
    double explains = definition.map(d -> d.strength(sentence.text())).orElse(0.0);
    return new Evidence(
        sentence, own, supported, explains, (score + EXPLAINS * explains) * shape(sentence));
  }

  private static Set<String> first(Set<String> terms, int number) {
    return terms.stream().limit(number).collect(Collectors.toSet());
  }

  /** A section that is headed by what is asked says what it is in its first sentences. */
  private static double heading(
      Passage passage, TermWeights weights, Map<String, Set<String>> known) {
    return passage.headings().isEmpty()
        ? 0
        : weights.coverage(known.computeIfAbsent(passage.headings().getLast(), Terms::of));
  }

  private static boolean isStatement(Sentence sentence) {
    return STATEMENT.matcher(sentence.text()).find();
  }

  /**
   * Less than 1 for what is no statement (fragments, rows of tables, questions) and for what leans
   * on a sentence that is not quoted.
   */
  private static double shape(Sentence sentence) {
    int words = sentence.terms().size();
    double shape = words < 4 ? 0.5 : words < 7 ? 0.85 : words > 60 ? 0.7 : 1;
    if (!isStatement(sentence)) {
      shape *= 0.8;
    }
    if (LEANING.matcher(sentence.text()).find()) {
      shape *= 0.85;
    }
    if (TABULAR.matcher(sentence.text()).find()) {
      shape *= 0.8;
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
          new Evidence(
              e.sentence(), e.own(), e.supported(), e.explains(), e.score() + LIKENESS * likeness));
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
