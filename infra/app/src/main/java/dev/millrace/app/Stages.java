package dev.millrace.app;

import dev.millrace.embed.EmbedStage;
import dev.millrace.learner.LearnerStage;
import dev.millrace.models.embedding.EmbeddingModels;
import dev.millrace.models.embedding.TokenCounter;
import dev.millrace.monitor.MonitorStage;
import dev.millrace.preprocess.PreprocessStage;
import dev.millrace.reward.RewardStage;
import dev.millrace.reward.function.RewardRegistry;
import dev.millrace.reward.profile.RewardProfiles;
import dev.millrace.rollout.RolloutStage;
import dev.millrace.runtime.Stage;
import dev.millrace.runtime.StageContext;
import dev.millrace.serving.Serving;
import dev.millrace.serving.console.ConsoleHolder;
import dev.millrace.serving.http.ServingHolder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Makes the stages of the targets, in the order of the stream. */
final class Stages {

  private Stages() {}

  /**
   * @param holder is told whether this process serves
   * @param console is told whether this process watches
   * @throws dev.millrace.runtime.SettingsException when a setting of one of them is wrong
   */
  static List<Stage> of(
      Set<Target> targets, StageContext context, ServingHolder holder, ConsoleHolder console) {
    List<Stage> stages = new ArrayList<>();
    if (targets.contains(Target.PREPROCESS)) {
      stages.add(new PreprocessStage(context, tokens(context)));
    }
    if (targets.contains(Target.EMBED)) {
      stages.add(EmbedStage.of(context));
    }
    if (targets.contains(Target.ROLLOUT)) {
      stages.add(RolloutStage.of(context));
    }
    if (targets.contains(Target.REWARD)) {
      stages.add(RewardStage.of(context));
    }
    if (targets.contains(Target.MONITOR)) {
      MonitorStage monitor = new MonitorStage(context);
      stages.add(monitor);
      console.show(monitor);
    } else {
      console.exclude();
    }
    if (targets.contains(Target.LEARNER)) {
      stages.add(LearnerStage.of(context, profiles(context)));
    }
    if (targets.contains(Target.SERVING)) {
      Serving serving = Serving.of(context);
      stages.add(serving);
      holder.serve(serving);
    } else {
      holder.exclude();
    }
    return stages;
  }

  /** The learner skips prompts that no reward worker with the same settings could score. */
  private static Map<String, Boolean> profiles(StageContext context) {
    var known =
        RewardProfiles.load(
            RewardRegistry.load(),
            context.settings().optional("millrace.reward.profiles").map(Path::of));
    return known.names().stream()
        .collect(Collectors.toMap(n -> n, n -> known.find(n).orElseThrow().needsAnswer()));
  }

  /** Chunks are sized in tokens of the model that will embed them. */
  private static TokenCounter tokens(StageContext context) {
    return EmbeddingModels.tokens(context.settings().text("millrace.embed.model"));
  }
}
