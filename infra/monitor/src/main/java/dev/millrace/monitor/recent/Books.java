package dev.millrace.monitor.recent;

import dev.millrace.contracts.Topics;
import dev.millrace.runtime.StageContext;
import java.util.List;

/** All that is remembered of what went through the stream lately. */
public record Books(
    DocumentBook documents,
    LetterBook letters,
    SampleBook samples,
    RunBook runs,
    VersionBook versions) {

  /** Empty ones. */
  public static Books of(StageContext context) {
    Topics topics = context.topics();
    return new Books(
        new DocumentBook(context.registry(), topics.indexed()),
        new LetterBook(),
        new SampleBook(context.registry(), topics.scoredSamples()),
        new RunBook(context.registry(), topics.trainingLedger()),
        new VersionBook(context.registry(), topics.policyVersions()));
  }

  /** A tail that fills them. */
  public Tail tail(StageContext context) {
    Topics topics = context.topics();
    return new Tail(
        context.kafka().reader("millrace-tail"),
        List.of(
            new Tail.Source(topics.indexed().name(), 500, documents::note),
            new Tail.Source(topics.deadLetters().name(), 500, letters::note),
            new Tail.Source(topics.scoredSamples().name(), 200, samples::note),
            new Tail.Source(topics.trainingLedger().name(), 20_000, runs::note),
            new Tail.Source(topics.policyVersions().name(), 500, versions::note)));
  }
}
