package dev.millrace.contracts;

import dev.millrace.contracts.avro.ChunkedDocument;
import dev.millrace.contracts.avro.Document;
import dev.millrace.contracts.avro.Feedback;
import dev.millrace.contracts.avro.Indexed;
import dev.millrace.contracts.avro.OperatorAction;
import dev.millrace.contracts.avro.PolicyVersion;
import dev.millrace.contracts.avro.Prompt;
import dev.millrace.contracts.avro.RolloutTask;
import dev.millrace.contracts.avro.SampleGroup;
import dev.millrace.contracts.avro.ScoredGroup;
import dev.millrace.contracts.avro.TrainingStep;
import java.util.List;

/**
 * Every topic of the system, under one optional prefix.
 *
 * @param prefix put before every name, may be empty, for example {@code "team-a."}
 * @param partitions number of partitions of the topics that are worked on in parallel
 */
public record Topics(String prefix, int partitions) {

  /** Partitions of a topic unless it is set otherwise. */
  public static final int DEFAULT_PARTITIONS = 4;

  public Topics(String prefix) {
    this(prefix, DEFAULT_PARTITIONS);
  }

  private <V> Topic<V> topic(String name, Class<V> type, TopicSettings settings) {
    return new Topic<>(prefix + name, type, settings);
  }

  /** Documents as producers sent them, by document id; null deletes. */
  public Topic<Document> documents() {
    return topic("documents", Document.class, TopicSettings.compacted(partitions));
  }

  /** The whole chunk list of a document's newest revision, by document id. */
  public Topic<ChunkedDocument> chunks() {
    return topic("chunks", ChunkedDocument.class, TopicSettings.compacted(partitions));
  }

  /** What became of every revision, by document id. */
  public Topic<Indexed> indexed() {
    return topic("indexed", Indexed.class, TopicSettings.days(partitions, 7));
  }

  /** Prompts, by prompt id. */
  public Topic<Prompt> prompts() {
    return topic("prompts", Prompt.class, TopicSettings.kept(partitions));
  }

  /** Open tasks, by task id. */
  public Topic<RolloutTask> rolloutTasks() {
    return topic("rollout-tasks", RolloutTask.class, TopicSettings.kept(partitions));
  }

  /** Sampled groups, by task id. */
  public Topic<SampleGroup> samples() {
    return topic("samples", SampleGroup.class, TopicSettings.kept(partitions));
  }

  /** Sampled groups with their scores, by task id. */
  public Topic<ScoredGroup> scoredSamples() {
    return topic("scored-samples", ScoredGroup.class, TopicSettings.kept(partitions));
  }

  /**
   * Raw tensor bytes in records of at most 4 MiB, found through the manifest; pruned by the
   * learner.
   */
  public Topic<byte[]> policyWeights() {
    return topic("policy-weights", byte[].class, TopicSettings.kept(1));
  }

  /** Manifests, by policy and version. */
  public Topic<PolicyVersion> policyVersions() {
    return topic("policy-versions", PolicyVersion.class, TopicSettings.compacted(1));
  }

  /** The ledger, by run and step. */
  public Topic<TrainingStep> trainingLedger() {
    return topic("training-ledger", TrainingStep.class, TopicSettings.kept(1));
  }

  /** Readers' judgements, by conversation id. */
  public Topic<Feedback> feedback() {
    return topic("feedback", Feedback.class, TopicSettings.kept(1));
  }

  /** Records that could not be processed: their bytes, with the reason in the headers. */
  public Topic<byte[]> deadLetters() {
    return topic(
        "dead-letters",
        byte[].class,
        TopicSettings.days(1, 30).with("max.message.bytes", String.valueOf(32 << 20)));
  }

  /** What operators did: redriven, deleted, paused. By what it was done to. */
  public Topic<OperatorAction> operatorActions() {
    return topic("operator-actions", OperatorAction.class, TopicSettings.kept(1));
  }

  /** The newest order for each stage, to pause or to go on, by the stage's name. */
  public Topic<OperatorAction> stageControls() {
    return topic("stage-controls", OperatorAction.class, TopicSettings.compacted(1));
  }

  /** The document half, in the order of the stream. */
  public List<Topic<?>> documentStream() {
    return List.of(
        documents(), chunks(), indexed(), deadLetters(), operatorActions(), stageControls());
  }

  /** The learning half. */
  public List<Topic<?>> learningLoop() {
    return List.of(
        prompts(),
        rolloutTasks(),
        samples(),
        scoredSamples(),
        policyWeights(),
        policyVersions(),
        trainingLedger(),
        feedback());
  }

  /** All of them. */
  public List<Topic<?>> all() {
    return List.of(documentStream(), learningLoop()).stream()
        .<Topic<?>>flatMap(List::stream)
        .toList();
  }
}
