package dev.millrace.learner.curriculum;

import dev.millrace.contracts.avro.Message;
import dev.millrace.contracts.avro.Prompt;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/** A log of prompts in memory, that grows. */
public final class GrowingLog implements PromptSource {

  private final List<List<Logged>> partitions = new ArrayList<>();
  private long now;

  public GrowingLog(int partitions) {
    for (int i = 0; i < partitions; i++) {
      this.partitions.add(new ArrayList<>());
    }
  }

  /** A prompt as a producer sends it. */
  public static Prompt prompt(String id, boolean heldOut, String... tags) {
    return prompt(id, "text " + id, "yes", "exact", heldOut, tags);
  }

  static Prompt prompt(
      String id, String text, String answer, String profile, boolean heldOut, String... tags) {
    return Prompt.newBuilder()
        .setId(id)
        .setMessages(List.of(new Message("user", text)))
        .setAnswer(answer)
        .setRewardProfile(profile)
        .setTags(List.of(tags))
        .setHeldOut(heldOut)
        .setSentAt(1)
        .build();
  }

  /** Appends a prompt to the partition of its id. */
  public void push(Prompt prompt) {
    push(prompt, Math.floorMod(prompt.getId().hashCode(), partitions.size()));
  }

  void push(Prompt prompt, int partition) {
    List<Logged> list = partitions.get(partition);
    list.add(new Logged(new Place(partition, list.size()), now++, prompt));
  }

  @Override
  public Map<Integer, Long> ends() {
    Map<Integer, Long> ends = new TreeMap<>();
    for (int i = 0; i < partitions.size(); i++) {
      ends.put(i, (long) partitions.get(i).size());
    }
    return ends;
  }

  @Override
  public void read(Map<Integer, Long> from, Map<Integer, Long> ends, Consumer<Logged> sink) {
    ends.forEach(
        (partition, end) ->
            partitions
                .get(partition)
                .subList(from.getOrDefault(partition, 0L).intValue(), end.intValue())
                .forEach(sink));
  }

  @Override
  public List<Prompt> at(List<Place> places) {
    return places.stream()
        .map(place -> partitions.get(place.partition()).get((int) place.offset()).prompt())
        .toList();
  }
}
