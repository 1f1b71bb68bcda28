package dev.millrace.reward.function;

import dev.millrace.contracts.avro.Message;
import dev.millrace.models.checkpoint.ModelDirectory;
import dev.millrace.models.encoder.TextScorer;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.models.train.ScoredTokens;
import dev.millrace.models.train.ValueScorer;
import dev.millrace.policy.PolicyFiles;
import dev.millrace.policy.PolicyText;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A trained network that scores answers, from a Hugging Face directory: an encoder with a
 * classification head, which reads prompt and answer as a pair, or a decoder with a value head
 * ({@code value_head.safetensors}), which reads them as the policy would have written them. Safe
 * for several threads.
 */
sealed interface RewardModel extends AutoCloseable {

  /** An answer to a prompt. */
  record Answer(List<Message> prompt, String text) {}

  /** Number of logits of an answer. */
  int labels();

  /** Logits [answers][labels]. */
  float[][] logits(List<Answer> answers);

  @Override
  void close();

  /**
   * Opens a directory of either kind.
   *
   * @throws dev.millrace.models.checkpoint.CheckpointException or {@link
   *     dev.millrace.models.tokenizer.TokenizerException} saying what is missing
   */
  static RewardModel open(TorchRuntime runtime, Path directory) {
    if (!ValueScorer.isIn(directory)) {
      return new Classifier(TextScorer.open(runtime, directory));
    }
    PolicyText text = PolicyText.open(PolicyFiles.of(ModelDirectory.open(directory)));
    try {
      return new Valued(ValueScorer.open(runtime, directory), text);
    } catch (RuntimeException e) {
      text.close();
      throw e;
    }
  }

  /** An encoder. */
  record Classifier(TextScorer scorer) implements RewardModel {

    @Override
    public int labels() {
      return scorer.labels();
    }

    @Override
    public float[][] logits(List<Answer> answers) {
      return scorer.scorePairs(
          answers.stream()
              .map(answer -> new TextScorer.Pair(joined(answer.prompt()), answer.text()))
              .toList());
    }

    private static String joined(List<Message> prompt) {
      return prompt.stream().map(Message::getContent).collect(Collectors.joining("\n"));
    }

    @Override
    public void close() {
      scorer.close();
    }
  }

  /** A decoder. */
  record Valued(ValueScorer scorer, PolicyText text) implements RewardModel {

    @Override
    public int labels() {
      return 1;
    }

    @Override
    public float[][] logits(List<Answer> answers) {
      List<ScoredTokens> sequences = new ArrayList<>();
      for (Answer answer : answers) {
        sequences.add(ValueScorer.atEnd(text.prompt(answer.prompt()), text.answer(answer.text())));
      }
      float[] values = scorer.score(sequences);
      float[][] logits = new float[values.length][];
      for (int i = 0; i < values.length; i++) {
        logits[i] = new float[] {values[i]};
      }
      return logits;
    }

    @Override
    public void close() {
      scorer.close();
      text.close();
    }
  }
}
