package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.learner.LearnerSettings;
import dev.millrace.learner.engine.StepReplay;
import dev.millrace.learner.replay.Replay;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.monitor.audit.AuditLimits;
import dev.millrace.monitor.audit.AuditProgress;
import dev.millrace.monitor.audit.TaskAudit;
import dev.millrace.monitor.audit.TaskReport;
import dev.millrace.runtime.StageContext;
import java.util.Optional;

/** What must hold of every run, whatever happened to its processes. */
final class LearningProof {

  private LearningProof() {}

  static TaskReport accountsAddUp(StageContext context, String run) {
    TaskReport report =
        new TaskAudit(context, Optional.of(run), AuditLimits.DEFAULT).run(AuditProgress.SILENT);
    assertThat(report.addsUp()).as(report.toString()).isTrue();
    return report;
  }

  /**
   * Makes the whole run again from its start, from the recorded groups, and compares the hashes.
   */
  static void replayGivesTheSameWeights(StageContext context, String run) {
    StepReplay last =
        new Replay(context, LearnerSettings.from(context.settings()), TorchRuntime.cpu()).all(run);
    assertThat(last.same()).as(last.toString()).isTrue();
  }
}
