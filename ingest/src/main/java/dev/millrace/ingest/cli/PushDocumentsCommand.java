package dev.millrace.ingest.cli;

import dev.millrace.ingest.DocumentProducer;
import dev.millrace.ingest.IngestException;
import dev.millrace.ingest.push.Journal;
import dev.millrace.ingest.push.Push;
import dev.millrace.ingest.push.PushSettings;
import dev.millrace.ingest.push.Tally;
import dev.millrace.ingest.push.WatchSettings;
import dev.millrace.ingest.push.Watcher;
import dev.millrace.ingest.source.DocumentSource;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code push documents PATH...}. */
@Command(
    name = "documents",
    aliases = "docs",
    description = {
      "Push documents: what is new or has changed since the last push.",
      "Ids are paths below the given folder. Broken off, it goes on where it was."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:all documents are in the log",
      "1:some could not be read or sent (each is named), or the log does not answer",
      "2:wrong usage"
    })
public final class PushDocumentsCommand implements Callable<Integer> {

  @Mixin private SourceOptions options;

  @Option(names = "--force", description = "Send what has not changed too.")
  private boolean force;

  @Option(
      names = "--delete-missing",
      description = "Delete documents of the given paths whose files are gone.")
  private boolean deleteMissing;

  @Option(
      names = "--watch",
      description = "Keep the log in step with the given paths, deletions too, until Ctrl-C.")
  private boolean watch;

  @Spec private CommandSpec spec;

  private final Connections connections;

  public PushDocumentsCommand(Connections connections) {
    this.connections = connections;
  }

  @Override
  public Integer call() throws IOException {
    if (watch && options.readsStandardInput()) {
      throw new ParameterException(
          spec.commandLine(), "--watch goes with folders and files, not with standard input");
    }
    if (deleteMissing && options.readsStandardInput()) {
      throw new ParameterException(
          spec.commandLine(),
          "--delete-missing goes with folders and files, not with standard input");
    }
    try (DocumentProducer producer = connections.documents()) {
      List<DocumentSource> sources = sources(producer);
      try (Journal journal = Journal.open(connections.stateFolder(), producer.destination());
          Progress progress =
              new Progress(spec.commandLine().getErr(), !watch && Terminal.isInteractive())) {
        return watch
            ? watch(producer, journal, sources, progress)
            : push(producer, journal, sources, progress);
      }
    } catch (IngestException | IOException e) {
      spec.commandLine().getErr().println(e.getMessage());
      return 1;
    }
  }

  private List<DocumentSource> sources(DocumentProducer producer) {
    Duration quiet = watch ? WatchSettings.DEFAULT.quiet() : Duration.ZERO;
    try {
      return options.sources(producer.rules(), quiet, System.in);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    }
  }

  private int push(
      DocumentProducer producer, Journal journal, List<DocumentSource> sources, Progress progress)
      throws IOException {
    var settings = new PushSettings(force, deleteMissing, PushSettings.DEFAULT.deadline());
    long begun = System.nanoTime();
    progress.begin();
    Thread sizing =
        Thread.ofPlatform().daemon().name("push-size").start(() -> size(sources, progress));
    Tally tally;
    try {
      tally = new Push(producer, journal, settings, progress).run(sources);
    } finally {
      sizing.interrupt();
      progress.close();
    }
    say(Words.summary(tally, Duration.ofNanos(System.nanoTime() - begun)));
    return tally.faults() == 0 ? 0 : 1;
  }

  // Beside the push, because counting a million files takes a while.
  private static void size(List<DocumentSource> sources, Progress progress) {
    long all = 0;
    for (DocumentSource source : sources) {
      long size = source.size();
      if (size < 0) {
        return;
      }
      all += size;
    }
    progress.size(all);
  }

  private int watch(
      DocumentProducer producer, Journal journal, List<DocumentSource> sources, Progress progress)
      throws IOException {
    var watcher = new Watcher(producer, journal, WatchSettings.DEFAULT, progress);
    // The process may not end before the journal, which our caller closes, is written: it is
    // flushed at the end of every pass.
    try (var ending = new Ending(watcher::stop)) {
      watcher.run(sources, force, (tally, took) -> say(Words.summary(tally, took)));
    }
    return 0;
  }

  private void say(String line) {
    spec.commandLine().getOut().println(line);
    spec.commandLine().getOut().flush();
  }
}
