package dev.millrace.app.answers;

import dev.millrace.models.embedding.EmbeddingModel;
import dev.millrace.preprocess.chunk.ChunkSettings;
import dev.millrace.preprocess.chunk.Chunker;
import dev.millrace.preprocess.chunk.TextChunk;
import dev.millrace.preprocess.clean.CleanSettings;
import dev.millrace.preprocess.clean.Cleaner;
import dev.millrace.preprocess.document.RejectedException;
import dev.millrace.preprocess.parse.ContainedParser;
import dev.millrace.preprocess.parse.ParseLimits;
import dev.millrace.preprocess.parse.RawDocument;
import dev.millrace.serving.retrieval.CleanedDocument;
import dev.millrace.serving.retrieval.Passage;
import dev.millrace.serving.retrieval.PassageIndex;
import dev.millrace.serving.retrieval.Range;
import dev.millrace.serving.retrieval.SearchRequest;
import dev.millrace.serving.text.Terms;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The pages of a folder, parsed, cleaned and chunked as the document stream does, in an index in
 * memory that ranks about as OpenSearch does by default: words and vectors, min-max, 0.7 to 0.3.
 */
final class CorpusIndex implements PassageIndex {

  private static final double WORDS = 0.7;
  private static final double TITLE = 0.7;
  private static final double HEADINGS = 0.5;

  private final EmbeddingModel model;
  private final Map<String, CleanedDocument> documents = new HashMap<>();
  private final List<Passage> passages = new ArrayList<>();
  private final List<Set<String>> texts = new ArrayList<>();
  private final List<Set<String>> titles = new ArrayList<>();
  private final List<Set<String>> headings = new ArrayList<>();
  private final Map<String, Integer> holding = new HashMap<>();
  private final List<float[]> vectors;

  CorpusIndex(Path folder, EmbeddingModel model) {
    this.model = model;
    var cleaner = new Cleaner(CleanSettings.DEFAULT);
    var chunker = new Chunker(ChunkSettings.DEFAULT, model.tokens());
    try (var parser = new ContainedParser(ParseLimits.DEFAULT, 1, 256);
        Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        String id = folder.relativize(file).toString();
        try {
          var raw = new RawDocument(Files.readAllBytes(file), Optional.empty(), Optional.of(id));
          var cleaned = cleaner.clean(parser.parse(raw), Optional.empty());
          add(id, cleaned.title().orElse(id), cleaned.text(), chunker.chunk(cleaned));
        } catch (RejectedException e) {
          // pages that only include others have no text
        }
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    vectors =
        model.embed(passages.stream().map(Passage::text).toList(), EmbeddingModel.Role.PASSAGE);
  }

  private void add(String id, String title, String text, List<TextChunk> chunks) {
    documents.put(
        id,
        new CleanedDocument(
            id,
            1,
            title,
            null,
            text,
            List.of(),
            chunks.stream().map(c -> new Range(c.start(), c.end())).toList()));
    for (TextChunk chunk : chunks) {
      passages.add(
          new Passage(
              id,
              title,
              null,
              1,
              chunk.start(),
              chunk.end(),
              text.substring(chunk.start(), chunk.end()),
              chunk.headings(),
              new Range(chunk.parentStart(), chunk.parentEnd()),
              0));
      texts.add(Terms.of(text.substring(chunk.start(), chunk.end())));
      titles.add(Terms.of(title));
      headings.add(Terms.of(String.join("\n", chunk.headings())));
      texts.getLast().forEach(term -> holding.merge(term, 1, Integer::sum));
    }
  }

  @Override
  public List<Passage> search(SearchRequest request, float[] vector) {
    double[] words = new double[passages.size()];
    double[] meaning = new double[passages.size()];
    Set<String> asked = Terms.of(request.text());
    for (int i = 0; i < words.length; i++) {
      for (String term : asked) {
        int its = holding.getOrDefault(term, 0);
        double rarity = Math.log(1 + (words.length - its + 0.5) / (its + 0.5));
        int length = texts.get(i).size();
        words[i] += texts.get(i).contains(term) ? rarity * 2 / (1 + length / 60.0) : 0;
        words[i] += titles.get(i).contains(term) ? TITLE * rarity : 0;
        words[i] += headings.get(i).contains(term) ? HEADINGS * rarity : 0;
      }
      for (int k = 0; k < vector.length; k++) {
        meaning[i] += vector[k] * vectors.get(i)[k];
      }
    }
    double[] scores = new double[words.length];
    double mostWords = IntStream.range(0, words.length).mapToDouble(i -> words[i]).max().orElse(1);
    double mostMeaning =
        IntStream.range(0, words.length).mapToDouble(i -> meaning[i]).max().orElse(1);
    for (int i = 0; i < scores.length; i++) {
      scores[i] = WORDS * words[i] / mostWords + (1 - WORDS) * meaning[i] / mostMeaning;
    }
    return IntStream.range(0, scores.length)
        .boxed()
        .sorted(Comparator.comparingDouble((Integer i) -> scores[i]).reversed())
        .limit(request.limit())
        .map(i -> passages.get(i).withScore(scores[i]))
        .toList();
  }

  @Override
  public Map<String, CleanedDocument> documents(Collection<String> ids) {
    Map<String, CleanedDocument> found = new HashMap<>();
    ids.stream().filter(documents::containsKey).forEach(id -> found.put(id, documents.get(id)));
    return found;
  }

  @Override
  public boolean available() {
    return true;
  }
}
