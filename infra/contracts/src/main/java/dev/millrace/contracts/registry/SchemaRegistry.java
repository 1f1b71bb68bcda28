package dev.millrace.contracts.registry;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.Schema;

/**
 * Schemas by id and ids by schema, through the Confluent REST protocol. Speaks to Confluent Schema
 * Registry, Apicurio ({@code /apis/ccompat/v7}), Karapace and Redpanda.
 *
 * <p>Both directions are remembered for ever: an id never changes its schema. Safe for any number
 * of threads.
 */
public final class SchemaRegistry {

  private record Key(String subject, Schema schema) {}

  private final RegistryHttp http;
  private final boolean autoRegister;
  private final Map<Integer, Schema> schemas = new ConcurrentHashMap<>();
  private final Map<Key, Integer> ids = new ConcurrentHashMap<>();

  public SchemaRegistry(RegistrySettings settings) {
    this.http = new RegistryHttp(settings);
    this.autoRegister = settings.autoRegister();
  }

  /**
   * The id under which {@code schema} stands in {@code subject}; registers it first where that is
   * allowed.
   *
   * @throws RegistryException.Incompatible when the subject's rule forbids the schema
   * @throws RegistryException.NotFound when it is not registered and may not be
   * @throws RegistryException.Unavailable when no registry answers in time
   */
  public int idOf(String subject, Schema schema) {
    var key = new Key(subject, schema);
    Integer known = ids.get(key);
    if (known == null) {
      // Outside of computeIfAbsent: a slow registry must not block other subjects' look-ups.
      known = autoRegister ? register(subject, schema) : lookUp(subject, schema);
      ids.put(key, known);
    }
    return known;
  }

  /**
   * The schema that {@code id} names.
   *
   * @throws RegistryException.NotFound when the registry does not know it
   * @throws RegistryException.Unavailable when no registry answers in time
   */
  public Schema byId(int id) {
    Schema known = schemas.get(id);
    if (known == null) {
      String text = http.get("/schemas/ids/" + id).get("schema").asText();
      known = new Schema.Parser().parse(text);
      schemas.put(id, known);
    }
    return known;
  }

  /** Registers {@code schema} and returns its id; the same id when it stands there already. */
  public int register(String subject, Schema schema) {
    return http.post("/subjects/" + RegistryHttp.encode(subject) + "/versions", body(schema))
        .get("id")
        .asInt();
  }

  private int lookUp(String subject, Schema schema) {
    return http.post("/subjects/" + RegistryHttp.encode(subject), body(schema)).get("id").asInt();
  }

  /** Sets the compatibility rule of a subject, for example {@code BACKWARD}. */
  public void setCompatibility(String subject, String rule) {
    http.put("/config/" + RegistryHttp.encode(subject), Map.of("compatibility", rule));
  }

  /** Throws {@link RegistryException.Unavailable} when no registry answers. */
  public void ping() {
    http.get("/subjects");
  }

  private static Map<String, Object> body(Schema schema) {
    return Map.of("schema", schema.toString());
  }
}
