package dev.millrace.learner.preference;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.WireFormatException;
import dev.millrace.contracts.avro.Feedback;
import dev.millrace.contracts.avro.Message;
import dev.millrace.learner.log.LogReader;
import dev.millrace.runtime.StageContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Pairs out of what readers thought of answers. One judgement may be a pair by itself: the answer
 * that was rejected, and what should have been said. And of one prompt, answers that were liked and
 * answers that were not are pairs. What a reader said last of an answer counts.
 */
final class FeedbackPairs {

  private FeedbackPairs() {}

  /** The feedback topic, up to where it ends now. */
  static List<TextPair> read(
      StageContext context, PairsFrom.FromFeedback settings, Duration deadline) {
    var topic = context.topics().feedback();
    var serde = new AvroSerde<>(context.registry(), topic);
    List<Feedback> all = new ArrayList<>();
    new LogReader(context, topic.name(), "learner-feedback", deadline)
        .readAll(
            record -> {
              try {
                if (record.value() != null) {
                  all.add(serde.read(record.value()));
                }
              } catch (WireFormatException e) {
                // no feedback: whoever wrote it was not a server of ours
              }
            });
    return of(all, settings);
  }

  /**
   * @param all in the order in which they were said
   */
  static List<TextPair> of(Collection<Feedback> all, PairsFrom.FromFeedback settings) {
    Map<List<String>, Feedback> newest = new LinkedHashMap<>();
    for (Feedback one : all) {
      if (settings.models().isEmpty() || settings.models().contains(one.getModel())) {
        newest.put(List.of(one.getConversationId(), one.getMessageId()), one);
      }
    }
    List<TextPair> pairs = new ArrayList<>();
    Map<List<Message>, List<Feedback>> thumbs = new LinkedHashMap<>();
    for (Feedback one : newest.values()) {
      if (one.getChosen() != null && one.getRejected() != null) {
        pairs.add(new TextPair(one.getMessages(), one.getChosen(), one.getRejected()));
      } else {
        thumbs.computeIfAbsent(one.getMessages(), prompt -> new ArrayList<>()).add(one);
      }
    }
    if (settings.thumbs()) {
      thumbs.forEach((prompt, said) -> pairs.addAll(pairs(prompt, said)));
    }
    return pairs;
  }

  /** Every answer stands in a pair, where there are both kinds, and none in more than it must. */
  private static List<TextPair> pairs(List<Message> prompt, List<Feedback> said) {
    List<String> liked = texts(said.stream().map(Feedback::getChosen));
    List<String> disliked = texts(said.stream().map(Feedback::getRejected));
    List<TextPair> pairs = new ArrayList<>();
    if (!liked.isEmpty() && !disliked.isEmpty()) {
      for (int i = 0; i < Math.max(liked.size(), disliked.size()); i++) {
        pairs.add(
            new TextPair(prompt, liked.get(i % liked.size()), disliked.get(i % disliked.size())));
      }
    }
    return pairs;
  }

  private static List<String> texts(Stream<String> texts) {
    return texts.filter(Objects::nonNull).distinct().toList();
  }
}
