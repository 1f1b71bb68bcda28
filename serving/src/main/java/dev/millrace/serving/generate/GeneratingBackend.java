package dev.millrace.serving.generate;

import dev.millrace.serving.chat.Admission;
import dev.millrace.serving.chat.AnswerSink;
import dev.millrace.serving.chat.ChatBackend;
import dev.millrace.serving.chat.ChatTurn;
import dev.millrace.serving.chat.Finish;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/** Answers with a model that runs in this process. */
public final class GeneratingBackend implements ChatBackend {

  private static final Set<Capability> CAPABILITIES =
      Set.of(Capability.LOGPROBS, Capability.JSON, Capability.CHOICES, Capability.SAMPLING);

  private final String id;
  private final LiveModel model;
  private final GenerateSettings settings;
  private final OptionalDouble temperature;
  private final ModelSource source;
  private final Admission admission;

  /**
   * @param id the name by which requests choose it
   * @param model closed with the backend
   * @param temperature where a request names none; empty: as the model's files say
   * @param source what brings the weights; closed first
   */
  public GeneratingBackend(
      String id,
      LiveModel model,
      GenerateSettings settings,
      OptionalDouble temperature,
      ModelSource source) {
    this.id = id;
    this.model = model;
    this.settings = settings;
    this.temperature = temperature;
    this.source = source;
    this.admission = new Admission(settings.slots(), settings.waiting(), settings.patience());
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public String owner() {
    return "millrace";
  }

  @Override
  public long created() {
    return model.created();
  }

  @Override
  public Set<Capability> capabilities() {
    return CAPABILITIES;
  }

  @Override
  public Availability availability() {
    return model.availability();
  }

  @Override
  public boolean endsByItself() {
    return true;
  }

  @Override
  public Optional<Admission> admission() {
    return Optional.of(admission);
  }

  @Override
  public Finish answer(ChatTurn turn, AnswerSink sink) throws InterruptedException {
    try (LiveModel.Lease lease = model.lease()) {
      return new AnswerRun(lease, settings, temperature, turn, sink).run();
    }
  }

  @Override
  public void start() {
    source.start();
  }

  @Override
  public void close() {
    source.close();
    model.close();
  }
}
