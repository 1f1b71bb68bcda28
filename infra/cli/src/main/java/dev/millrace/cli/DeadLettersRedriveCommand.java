package dev.millrace.cli;

import dev.millrace.monitor.action.Actor;
import dev.millrace.monitor.deadletter.DeadLetterDesk;
import dev.millrace.monitor.deadletter.Letter;
import dev.millrace.monitor.deadletter.LetterId;
import dev.millrace.monitor.deadletter.Outcome;
import dev.millrace.monitor.deadletter.Passage;
import dev.millrace.monitor.deadletter.Redriven;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Sends dead letters to where they came from. */
@Command(
    name = "redrive",
    mixinStandardHelpOptions = true,
    description =
        "Sends dead letters to where they came from, each once, and waits for the proof that they"
            + " came through.",
    footer = {
      "",
      "Safe to repeat: what was sent before is not sent again. Every one is recorded in the topic",
      "operator-actions. Exit code 1: one could not be sent, or is dead again."
    })
final class DeadLettersRedriveCommand implements Callable<Integer> {

  private static final int MOST = 10_000;

  @Spec private CommandSpec spec;

  @ParentCommand private DeadLettersCommand deadLetters;

  @Parameters(
      arity = "0..*",
      paramLabel = "LETTER",
      description = "As list shows them, for example 0@17.")
  private List<String> ids = List.of();

  @Option(
      names = "--all",
      description = "All that were not sent yet, or those of the options below.")
  private boolean all;

  @Mixin private LetterOptions options;

  @Option(names = "--yes", description = "Does not ask.")
  private boolean yes;

  @Option(
      names = "--even-if-newer",
      description = "Also where its key has a newer record, which the old one then replaces.")
  private boolean evenIfNewer;

  @Option(
      names = "--wait",
      paramLabel = "SECONDS",
      description = "How long to wait for the proof (default: ${DEFAULT-VALUE}; 0: not at all).",
      defaultValue = "30")
  private int wait;

  static LetterId letter(CommandSpec spec, String text) {
    try {
      return LetterId.parse(text);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    }
  }

  @Override
  public Integer call() {
    if (ids.isEmpty() == !all) {
      throw new ParameterException(spec.commandLine(), "name dead letters, or say --all");
    }
    var screen = new Screen(System.out);
    return deadLetters.at(desk -> redrive(desk, screen)) ? 0 : 1;
  }

  private boolean redrive(DeadLetterDesk desk, Screen screen) {
    List<LetterId> letters = ids.stream().map(id -> letter(spec, id)).toList();
    if (all) {
      letters =
          desk.shelf().page(options.filter(true), Map.of(), MOST).letters().stream()
              .map(Letter::id)
              .toList();
    }
    if (letters.isEmpty()) {
      screen.line("no dead letter is waiting");
      return true;
    }
    if (!yes && !Confirmation.asked("Send %d dead letters again?".formatted(letters.size()))) {
      screen.line("nothing was sent");
      return true;
    }
    List<Redriven> sent = new ArrayList<>();
    boolean well = true;
    for (Outcome outcome : desk.redriver().redrive(letters, Actor.ofCommandLine(), evenIfNewer)) {
      screen.line("%-8s %s".formatted(outcome.letter(), outcome.sentence()));
      switch (outcome) {
        case Outcome.Sent one -> sent.add(one.redriven());
        case Outcome.Already one -> sent.add(one.redriven());
        case Outcome.Superseded one -> {
          screen.line("         --even-if-newer sends it all the same");
          well = false;
        }
        case Outcome.Impossible one -> well = false;
      }
    }
    return followed(desk, screen, sent) && well;
  }

  private boolean followed(DeadLetterDesk desk, Screen screen, List<Redriven> sent) {
    List<Redriven> open = new ArrayList<>(sent);
    boolean well = true;
    long end = System.nanoTime() + Duration.ofSeconds(wait).toNanos();
    while (!open.isEmpty() && System.nanoTime() < end) {
      List<Redriven> still = new ArrayList<>();
      for (Redriven one : open) {
        Passage passage = desk.passages().of(one);
        if (passage.settled()) {
          boolean dead = passage instanceof Passage.DeadAgain;
          String line = "%-8s %s".formatted(one.letter(), passage.sentence());
          screen.line(dead ? screen.bad(line) : screen.good(line));
          well &= !dead;
        } else {
          still.add(one);
        }
      }
      open = still;
      if (!open.isEmpty()) {
        pause();
      }
    }
    for (Redriven one : open) {
      screen.line("%-8s %s".formatted(one.letter(), desk.passages().of(one).sentence()));
    }
    return well;
  }

  private static void pause() {
    try {
      Thread.sleep(300);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailure("interrupted; what was sent is sent");
    }
  }
}
