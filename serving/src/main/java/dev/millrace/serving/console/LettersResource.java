package dev.millrace.serving.console;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.monitor.MonitorStage;
import dev.millrace.monitor.action.Actor;
import dev.millrace.monitor.deadletter.Letter;
import dev.millrace.monitor.deadletter.LetterFilter;
import dev.millrace.monitor.deadletter.LetterId;
import dev.millrace.monitor.deadletter.LetterShelf;
import dev.millrace.monitor.deadletter.Outcome;
import dev.millrace.monitor.deadletter.Passage;
import dev.millrace.monitor.deadletter.Redriven;
import dev.millrace.serving.Refusal;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Dead letters: looking at them, sending them again, and what became of that. */
@Path("/console/api/letters")
@RunOnVirtualThread
public class LettersResource {

  private static final int MOST = 500;

  private final ConsoleDoor door;

  LettersResource(ConsoleDoor door) {
    this.door = door;
  }

  /** {@code ?limit&stage&reason&origin&open&before=0@17,1@4}. */
  @GET
  public Response list(@Context RoutingContext exchange) {
    MonitorStage monitor = door.view(exchange);
    var filter =
        new LetterFilter(
            Wire.parameter(exchange, "stage"),
            Wire.parameter(exchange, "reason"),
            Wire.parameter(exchange, "origin"),
            Wire.parameter(exchange, "open").isPresent());
    int limit = (int) Math.max(1, Wire.number(exchange, "limit", 50, MOST));
    LetterShelf.Page page =
        Away.orRefuse(() -> monitor.letters().shelf().page(filter, before(exchange), limit));
    ObjectNode json = Wire.object().put("complete", page.complete());
    ArrayNode letters = json.putArray("letters");
    page.letters().forEach(letter -> letters.add(LetterJson.of(letter)));
    ArrayNode next = json.putArray("next");
    page.next().forEach((partition, offset) -> next.add(partition + "@" + offset));
    ObjectNode reasons = json.putObject("lastHour");
    monitor.books().letters().reasons(System.currentTimeMillis() - 3_600_000).forEach(reasons::put);
    return Wire.ok(json);
  }

  private static Map<Integer, Long> before(RoutingContext exchange) {
    Map<Integer, Long> before = new HashMap<>();
    Wire.parameter(exchange, "before")
        .ifPresent(
            text -> {
              for (String one : text.split(",")) {
                LetterId id = id(one);
                before.put(id.partition(), id.offset());
              }
            });
    return before;
  }

  @GET
  @Path("/one")
  public Response one(@Context RoutingContext exchange) {
    MonitorStage monitor = door.view(exchange);
    LetterId id = id(Wire.parameter(exchange, "id").orElse(""));
    Letter.Opened opened =
        Away.orRefuse(() -> monitor.letters().shelf().open(id))
            .orElseThrow(
                () -> Refusal.notFound("id", "There is no dead letter " + id + " (any more)."));
    ObjectNode json = LetterJson.opened(opened);
    opened
        .letter()
        .redriven()
        .ifPresent(redriven -> json.set("passage", passage(monitor, redriven)));
    return Wire.ok(json);
  }

  /**
   * Takes {@code {"letters": ["0@17"], "confirm": true, "evenIfNewer": false}}. Needs the role of
   * an operator.
   */
  @POST
  @Path("/redrive")
  @Consumes(MediaType.APPLICATION_JSON)
  public Response redrive(@Context RoutingContext exchange, byte[] body) {
    Actor actor = door.operate(exchange);
    MonitorStage monitor = door.console().monitor();
    JsonNode wish = Wire.read(body);
    if (!wish.path("confirm").asBoolean(false)) {
      throw Refusal.invalid("confirm", "Redriving has to be confirmed: \"confirm\": true.");
    }
    List<LetterId> letters = new ArrayList<>();
    wish.path("letters").forEach(one -> letters.add(id(one.asText())));
    if (letters.isEmpty() || letters.size() > MOST) {
      throw Refusal.invalid("letters", "Name 1 to " + MOST + " dead letters.");
    }
    boolean evenIfNewer = wish.path("evenIfNewer").asBoolean(false);
    List<Outcome> outcomes =
        Away.orRefuse(() -> monitor.letters().redriver().redrive(letters, actor, evenIfNewer));
    ObjectNode json = Wire.object();
    ArrayNode all = json.putArray("outcomes");
    outcomes.forEach(outcome -> all.add(LetterJson.of(outcome)));
    return Wire.ok(json);
  }

  /** {@code ?id=0@17,0@18}: how far letters that were sent again have come. */
  @GET
  @Path("/passages")
  public Response passages(@Context RoutingContext exchange) {
    MonitorStage monitor = door.view(exchange);
    String[] ids = Wire.parameter(exchange, "id").orElse("").split(",");
    if (ids.length > MOST) {
      throw Refusal.invalid("id", "Name " + MOST + " dead letters at most.");
    }
    Map<LetterId, Redriven> redriven = Away.orRefuse(monitor.letters().shelf()::redriven);
    ObjectNode json = Wire.object();
    for (String text : ids) {
      LetterId id = id(text);
      if (redriven.containsKey(id)) {
        json.set(id.toString(), passage(monitor, redriven.get(id)));
      }
    }
    return Wire.ok(json);
  }

  private static ObjectNode passage(MonitorStage monitor, Redriven redriven) {
    Passage passage = Away.orRefuse(() -> monitor.letters().passages().of(redriven));
    return Wire.object()
        .put("sentence", passage.sentence())
        .put("settled", passage.settled())
        .put("good", passage.settled() && !(passage instanceof Passage.DeadAgain));
  }

  private static LetterId id(String text) {
    try {
      return LetterId.parse(text);
    } catch (IllegalArgumentException e) {
      throw Refusal.invalid("id", "A dead letter is named PARTITION@OFFSET, for example 0@17.");
    }
  }
}
