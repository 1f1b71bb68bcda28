package dev.millrace.serving;

import dev.millrace.models.embedding.EmbeddingModel;
import dev.millrace.models.embedding.HashedEmbedding;
import dev.millrace.serving.retrieval.CleanedDocument;
import dev.millrace.serving.retrieval.Passage;
import dev.millrace.serving.retrieval.PassageIndex;
import dev.millrace.serving.retrieval.Range;
import dev.millrace.serving.retrieval.SearchRequest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A small index in memory, searched by vectors. Can be away, and can be made to hold a search until
 * it is let go.
 */
public final class MemoryPassages implements PassageIndex {

  private static final int CHUNK = 600;

  private final EmbeddingModel model = new HashedEmbedding();
  private final Map<String, CleanedDocument> documents = new ConcurrentHashMap<>();
  private final Map<String, List<Passage>> passages = new ConcurrentHashMap<>();
  private final AtomicReference<CountDownLatch> gate = new AtomicReference<>(new CountDownLatch(0));
  private final AtomicReference<RuntimeException> broken = new AtomicReference<>();
  private volatile boolean away;

  /** Puts a document; its chunks end at line breaks. */
  public CleanedDocument put(
      String id, long revision, String title, String uri, String text, String... acl) {
    List<Passage> chunks = new ArrayList<>();
    int start = 0;
    while (start < text.length()) {
      int end = Math.min(text.length(), start + CHUNK);
      int line = text.lastIndexOf('\n', end);
      end = end < text.length() && line > start ? line + 1 : end;
      chunks.add(
          new Passage(
              id,
              title,
              uri,
              revision,
              start,
              end,
              text.substring(start, end),
              List.of(),
              new Range(0, text.length()),
              0));
      start = end;
    }
    CleanedDocument document =
        new CleanedDocument(
            id,
            revision,
            title,
            uri,
            text,
            List.of(acl),
            chunks.stream().map(Passage::range).toList());
    documents.put(id, document);
    passages.put(id, chunks);
    return document;
  }

  /** The manifest changes, but searches still find the chunks of before. */
  public void replaceManifestOnly(CleanedDocument document) {
    documents.put(document.documentId(), document);
  }

  public void removeManifestOnly(String id) {
    documents.remove(id);
  }

  /** The next search fails with this. */
  public void breakOnce(RuntimeException fault) {
    broken.set(fault);
  }

  public void away(boolean now) {
    away = now;
  }

  /** Searches wait from now on, until the latch is let down. */
  public CountDownLatch hold() {
    CountDownLatch latch = new CountDownLatch(1);
    gate.set(latch);
    return latch;
  }

  @Override
  public List<Passage> search(SearchRequest request, float[] vector) {
    check();
    try {
      gate.get().await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Refusal.unavailable(null, "interrupted");
    }
    float[] wanted =
        vector != null
            ? vector
            : model.embed(List.of(request.text()), EmbeddingModel.Role.QUERY).get(0);
    Map<Passage, Double> scores = new LinkedHashMap<>();
    passages.forEach(
        (id, chunks) -> {
          CleanedDocument document = documents.get(id);
          if (document == null || request.caller().maySee(document.acl())) {
            chunks.forEach(chunk -> scores.put(chunk, likeness(wanted, chunk)));
          }
        });
    return scores.entrySet().stream()
        .sorted(Map.Entry.<Passage, Double>comparingByValue(Comparator.reverseOrder()))
        .limit(request.limit())
        .map(e -> e.getKey().withScore(e.getValue()))
        .toList();
  }

  private double likeness(float[] wanted, Passage chunk) {
    float[] vector =
        model
            .embed(List.of(chunk.title() + " " + chunk.text()), EmbeddingModel.Role.PASSAGE)
            .get(0);
    double sum = 0;
    for (int i = 0; i < wanted.length; i++) {
      sum += wanted[i] * vector[i];
    }
    return sum;
  }

  @Override
  public Map<String, CleanedDocument> documents(Collection<String> ids) {
    check();
    Map<String, CleanedDocument> found = new LinkedHashMap<>();
    ids.stream().filter(documents::containsKey).forEach(id -> found.put(id, documents.get(id)));
    return found;
  }

  @Override
  public boolean available() {
    return !away;
  }

  private void check() {
    RuntimeException fault = broken.getAndSet(null);
    if (fault != null) {
      throw fault;
    }
    if (away) {
      throw Refusal.unavailable(
          java.time.Duration.ofSeconds(2), "The search index does not answer.");
    }
  }
}
