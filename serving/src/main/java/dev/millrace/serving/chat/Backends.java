package dev.millrace.serving.chat;

import dev.millrace.serving.Refusal;
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

  @Override
  public void close() {
    byId.values().forEach(ChatBackend::close);
  }
}
