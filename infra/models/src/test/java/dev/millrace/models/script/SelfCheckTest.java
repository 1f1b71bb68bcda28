package dev.millrace.models.script;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SelfCheckTest {

  @Test
  void this_machine_can_run_models() {
    assertThat(SelfCheck.run(line -> {}))
        .hasSize(8)
        .allSatisfy(finding -> assertThat(finding.ok()).as(finding.toString()).isTrue());
  }
}
