package dev.millrace.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.monitor.deadletter.Letter;
import dev.millrace.monitor.deadletter.LetterShelf;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** The newest dead letters. */
@Command(
    name = "list",
    mixinStandardHelpOptions = true,
    description = "Lists dead letters, newest first.")
final class DeadLettersListCommand implements Callable<Integer> {

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss").withZone(ZoneId.systemDefault());

  @Spec private CommandSpec spec;

  @ParentCommand private DeadLettersCommand deadLetters;

  @Mixin private LetterOptions options;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "How many at most (default: ${DEFAULT-VALUE}).",
      defaultValue = "50")
  private int limit;

  @Option(names = "--open", description = "Only those that were not sent again.")
  private boolean open;

  @Option(names = "--json", description = "Prints one JSON object a line.")
  private boolean json;

  @Override
  public Integer call() {
    if (limit < 1 || limit > 10_000) {
      throw new ParameterException(spec.commandLine(), "--limit must be from 1 to 10000: " + limit);
    }
    LetterShelf.Page page =
        deadLetters.at(desk -> desk.shelf().page(options.filter(open), Map.of(), limit));
    var screen = new Screen(System.out);
    for (Letter letter : page.letters()) {
      screen.line(json ? json(letter).toString() : line(screen, letter));
    }
    if (!json && page.letters().isEmpty()) {
      screen.line("no dead letters");
    }
    if (!page.complete()) {
      System.err.println("millrace: older letters were not looked at; --limit finds more");
    }
    return 0;
  }

  private static String line(Screen screen, Letter letter) {
    return "%s  %s  %s %s  %s  key %s%s"
        .formatted(
            screen.bold("%-8s".formatted(letter.id())),
            TIME.format(Instant.ofEpochMilli(letter.writtenAt())),
            Printable.of(letter.stage()),
            screen.bad(Printable.of(letter.reason())),
            Printable.of(
                letter.origin() + "-" + letter.originPartition() + "@" + letter.originOffset()),
            Printable.of(letter.key()),
            letter
                .redriven()
                .map(
                    sent ->
                        screen.good(
                            "  sent again to %s-%d@%d by %s"
                                .formatted(
                                    sent.topic(),
                                    sent.partition(),
                                    sent.offset(),
                                    Printable.of(sent.actor()))))
                .orElse(""));
  }

  static ObjectNode json(Letter letter) {
    ObjectNode json =
        Api.JSON
            .createObjectNode()
            .put("id", letter.id().toString())
            .put("written_at", letter.writtenAt())
            .put("origin", letter.origin())
            .put("origin_partition", letter.originPartition())
            .put("origin_offset", letter.originOffset())
            .put("key", letter.key())
            .put("stage", letter.stage())
            .put("reason", letter.reason())
            .put("error", letter.error())
            .put("bytes", letter.valueBytes());
    letter
        .redriven()
        .ifPresent(
            sent ->
                json.putObject("redriven")
                    .put("topic", sent.topic())
                    .put("partition", sent.partition())
                    .put("offset", sent.offset())
                    .put("by", sent.actor())
                    .put("at", sent.at()));
    return json;
  }
}
