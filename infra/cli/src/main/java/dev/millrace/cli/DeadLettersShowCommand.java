package dev.millrace.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.monitor.deadletter.Letter;
import dev.millrace.monitor.deadletter.LetterId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** One dead letter with all that it says. */
@Command(
    name = "show",
    mixinStandardHelpOptions = true,
    description = "Shows one dead letter: where it came from, why, its headers and bytes.")
final class DeadLettersShowCommand implements Callable<Integer> {

  private static final int DUMPED = 512;

  @Spec private CommandSpec spec;

  @ParentCommand private DeadLettersCommand deadLetters;

  @Parameters(paramLabel = "LETTER", description = "As list shows it, for example 0@17.")
  private String id;

  @Option(names = "--json", description = "Prints JSON, the bytes in base64.")
  private boolean json;

  @Option(names = "--save", paramLabel = "FILE", description = "Writes the value to a file.")
  private Path save;

  @Override
  public Integer call() {
    LetterId wanted = DeadLettersRedriveCommand.letter(spec, id);
    Letter.Opened opened =
        deadLetters
            .at(desk -> desk.shelf().open(wanted))
            .orElseThrow(
                () -> new CommandFailure("there is no dead letter " + wanted + " (any more)"));
    if (save != null) {
      write(opened);
    }
    var screen = new Screen(System.out);
    if (json) {
      screen.line(json(opened).toPrettyString());
    } else {
      print(screen, opened);
    }
    return 0;
  }

  private void write(Letter.Opened opened) {
    try {
      Files.write(save, opened.value() == null ? new byte[0] : opened.value());
    } catch (IOException e) {
      throw new CommandFailure("cannot write " + save + ": " + e.getMessage(), e);
    }
  }

  private static ObjectNode json(Letter.Opened opened) {
    ObjectNode json = DeadLettersListCommand.json(opened.letter());
    json.put("value_base64", base64(opened.value())).put("key_base64", base64(opened.key()));
    ObjectNode headers = json.putObject("headers");
    opened.headers().forEach(header -> headers.put(header.name(), header.value()));
    return json;
  }

  private static String base64(byte[] bytes) {
    return bytes == null ? null : Base64.getEncoder().encodeToString(bytes);
  }

  private static void print(Screen screen, Letter.Opened opened) {
    Letter letter = opened.letter();
    screen.line(screen.bold("dead letter " + letter.id()));
    screen.line("  stage   " + Printable.of(letter.stage()));
    screen.line("  reason  " + Printable.of(letter.reason()));
    screen.line("  error   " + Printable.of(letter.error()));
    screen.line(
        "  from    %s-%d@%d"
            .formatted(
                Printable.of(letter.origin()), letter.originPartition(), letter.originOffset()));
    screen.line("  key     " + Printable.of(letter.key()));
    letter
        .redriven()
        .ifPresent(
            sent ->
                screen.line(
                    "  sent    again to %s-%d@%d by %s"
                        .formatted(
                            sent.topic(),
                            sent.partition(),
                            sent.offset(),
                            Printable.of(sent.actor()))));
    screen.line("  headers");
    opened
        .headers()
        .forEach(
            header ->
                screen.line(
                    "    " + Printable.of(header.name()) + ": " + Printable.of(header.value())));
    if (opened.value() == null) {
      screen.line("  no value");
      return;
    }
    screen.line("  value   " + opened.value().length + " bytes");
    dump(screen, Arrays.copyOf(opened.value(), Math.min(DUMPED, opened.value().length)));
  }

  private static void dump(Screen screen, byte[] bytes) {
    for (int i = 0; i < bytes.length; i += 16) {
      byte[] line = Arrays.copyOfRange(bytes, i, Math.min(bytes.length, i + 16));
      var text = new StringBuilder();
      for (byte b : line) {
        text.append(b >= 32 && b < 127 ? (char) b : '.');
      }
      screen.line(
          "    %06x  %-47s  %s".formatted(i, HexFormat.ofDelimiter(" ").formatHex(line), text));
    }
  }
}
