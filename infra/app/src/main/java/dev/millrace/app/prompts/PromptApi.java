package dev.millrace.app.prompts;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.app.prompts.PromptBody.Part;
import dev.millrace.contracts.avro.Prompt;
import dev.millrace.ingest.DocumentJson.OtherFields;
import dev.millrace.ingest.IngestException;
import dev.millrace.ingest.PromptProducer;
import dev.millrace.ingest.Receipt;
import dev.millrace.ingest.prompt.PromptDefaults;
import dev.millrace.ingest.prompt.PromptFields;
import dev.millrace.ingest.prompt.PromptJson;
import dev.millrace.serving.Refusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * What the HTTP resource does, without HTTP. All prompts of a request are checked before the first
 * is sent, so that a wrong one leaves nothing behind; the answer is given when the log has
 * acknowledged all of them. A prompt without an id gets a new one.
 */
final class PromptApi {

  private static final Duration SOON = Duration.ofSeconds(1);

  private final PromptProducer producer;
  private final PromptJson json =
      new PromptJson(PromptFields.DEFAULT, PromptDefaults.NONE, OtherFields.REFUSED);
  private final Duration deadline;

  /**
   * @param deadline for the log to acknowledge one request
   */
  PromptApi(PromptProducer producer, Duration deadline) {
    this.producer = producer;
    this.deadline = deadline;
  }

  /** Takes a JSON object, which is one prompt, or an array of them. */
  ObjectNode json(byte[] body) {
    return refusing(
        () -> {
          if (PromptBody.isArray(body)) {
            return list(PromptBody.elements(body));
          }
          Prompt prompt = read(new Part("", body, 0, body.length));
          return accepted(prompt, send(List.of(prompt)).getFirst());
        });
  }

  /** Takes one prompt a line. */
  ObjectNode lines(byte[] body) {
    return refusing(() -> list(PromptBody.lines(body)));
  }

  private ObjectNode list(List<Part> parts) {
    if (parts.isEmpty()) {
      throw Refusal.invalid(null, "There is no prompt in the body.");
    }
    List<Prompt> prompts = parts.stream().map(this::read).toList();
    List<Receipt> receipts = send(prompts);
    ObjectNode list = JsonNodeFactory.instance.objectNode().put("object", "list");
    var data = list.putArray("data");
    for (int i = 0; i < prompts.size(); i++) {
      data.add(accepted(prompts.get(i), receipts.get(i)));
    }
    return list;
  }

  private Prompt read(Part part) {
    String prefix = part.name().isEmpty() ? "" : part.name() + ": ";
    try {
      return json.read(
          part.bytes(), part.offset(), part.length(), () -> UUID.randomUUID().toString());
    } catch (IngestException.Invalid e) {
      throw new IngestException.Invalid(prefix + e.getMessage());
    } catch (IngestException.TooLarge e) {
      throw new IngestException.TooLarge(prefix + e.getMessage(), e);
    }
  }

  private List<Receipt> send(List<Prompt> prompts) {
    long end = System.nanoTime() + deadline.toNanos();
    List<CompletableFuture<Receipt>> sent = prompts.stream().map(producer::send).toList();
    List<Receipt> receipts = new ArrayList<>();
    for (CompletableFuture<Receipt> receipt : sent) {
      receipts.add(await(receipt, end, receipts.size(), prompts.size()));
    }
    return receipts;
  }

  private Receipt await(CompletableFuture<Receipt> receipt, long end, int done, int all) {
    try {
      return receipt.get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IngestException known) {
        throw known;
      }
      throw new IllegalStateException(e.getCause());
    } catch (TimeoutException e) {
      throw Refusal.unavailable(
          SOON,
          "Kafka has acknowledged %d of %d prompts within %d s; the others may still arrive."
              .formatted(done, all, deadline.toSeconds()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Refusal.unavailable(SOON, "The server is stopping.");
    }
  }

  private static ObjectNode accepted(Prompt prompt, Receipt receipt) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("id", receipt.id())
        .put("object", "prompt")
        .put("held_out", prompt.getHeldOut())
        .put("partition", receipt.partition())
        .put("offset", receipt.revision());
  }

  private static ObjectNode refusing(Supplier<ObjectNode> work) {
    try {
      return work.get();
    } catch (IngestException.Invalid e) {
      throw Refusal.invalid(null, e.getMessage());
    } catch (IngestException.TooLarge e) {
      throw Refusal.ofStatus(413, e.getMessage());
    } catch (IngestException e) {
      throw Refusal.unavailable(SOON, e.getMessage());
    }
  }
}
