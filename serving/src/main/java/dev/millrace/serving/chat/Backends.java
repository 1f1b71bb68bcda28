package dev.millrace.serving.chat;

import dev.millrace.serving.Refusal;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The backends of this process by the name of their model. */
public final class Backends implements AutoCloseable {

  private final Map<String, ChatBackend> byId = new LinkedHashMap<>();

  public Backends(List<ChatBackend> backends) {
    for (ChatBackend backend : backends) {
      if (byId.putIfAbsent(backend.id(), backend) != null) {
        throw new IllegalArgumentException("Two backends are called '" + backend.id() + "'");
      }
    }
  }

  /**
   * The backend of this name.
   *
   * @throws Refusal 404 model_not_found
   */
  public ChatBackend named(String model) {
    ChatBackend backend = byId.get(model);
    if (backend == null) {
      throw Refusal.unknownModel(model, String.join(", ", byId.keySet()));
    }
    return backend;
  }

  public Collection<ChatBackend> all() {
    return List.copyOf(byId.values());
  }

  public void start() {
    byId.values().forEach(ChatBackend::start);
  }

  /**
   * Waits until no backend with a queue of its own is at work.
   *
   * @return false if one still was when the deadline had passed
   */
  public boolean awaitIdle(Duration deadline) {
    long end = System.nanoTime() + deadline.toNanos();
    boolean idle = true;
    for (ChatBackend backend : byId.values()) {
      Duration left = Duration.ofNanos(Math.max(0, end - System.nanoTime()));
      idle &= backend.admission().map(queue -> queue.awaitIdle(left)).orElse(true);
    }
    return idle;
  }

  @Override
  public void close() {
    byId.values().forEach(ChatBackend::close);
  }
}
