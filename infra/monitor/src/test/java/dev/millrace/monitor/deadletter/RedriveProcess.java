package dev.millrace.monitor.deadletter;

import dev.millrace.monitor.MonitorFixture;
import dev.millrace.monitor.action.Actor;
import dev.millrace.monitor.lag.LagSnapshot;
import java.util.ArrayList;
import java.util.List;

/** Redrives the letters 0@0 to 0@N as a process of its own, which a test can kill. */
public final class RedriveProcess {

  private RedriveProcess() {}

  public static void main(String[] words) {
    var context = MonitorFixture.context(words[0], words[1], words[2]);
    List<LetterId> letters = new ArrayList<>();
    for (int i = 0; i < Integer.parseInt(words[3]); i++) {
      letters.add(new LetterId(0, i));
    }
    try (var desk = DeadLetterDesk.open(context, () -> LagSnapshot.NOTHING)) {
      desk.redriver().redrive(letters, new Actor("victim", "command-line"), false);
    }
  }
}
