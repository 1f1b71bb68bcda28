package dev.millrace.ingest.cli;

import dev.millrace.ingest.DocumentProducer;
import dev.millrace.ingest.DocumentRules;
import dev.millrace.ingest.IngestException;
import dev.millrace.ingest.Receipt;
import dev.millrace.ingest.push.Journal;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code delete document ID...}. */
@Command(
    name = "document",
    aliases = "documents",
    description = "Delete documents by id. An id that is not known is no error.",
    mixinStandardHelpOptions = true)
public final class DeleteDocumentCommand implements Callable<Integer> {

  private static final Duration DEADLINE = Duration.ofMinutes(2);

  @Parameters(paramLabel = "ID", arity = "1..*", description = "Ids as push gave them.")
  private List<String> ids;

  @Spec private CommandSpec spec;

  private final Connections connections;

  public DeleteDocumentCommand(Connections connections) {
    this.connections = connections;
  }

  @Override
  public Integer call() {
    PrintWriter err = spec.commandLine().getErr();
    try {
      ids.forEach(DocumentRules::checkId);
    } catch (IngestException.Invalid e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    }
    try (DocumentProducer producer = connections.documents()) {
      var deletions = new ArrayList<CompletableFuture<Receipt>>();
      ids.forEach(id -> deletions.add(producer.delete(id)));
      producer.flush(DEADLINE);
      deletions.forEach(CompletableFuture::join);
      forget(producer, err);
    } catch (IngestException e) {
      err.println(e.getMessage());
      return 1;
    } catch (CompletionException e) {
      err.println(e.getCause().getMessage());
      return 1;
    }
    spec.commandLine().getOut().println("deleted " + Words.count(ids.size(), "document"));
    return 0;
  }

  // So that a later push of the same file brings it back.
  private void forget(DocumentProducer producer, PrintWriter err) {
    try (Journal journal = Journal.open(connections.stateFolder(), producer.destination())) {
      ids.forEach(journal::deleted);
    } catch (IOException e) {
      err.println(
          "note: a push will not bring these documents back unless their files change or --force"
              + " is given ("
              + e.getMessage()
              + ")");
    }
  }
}
