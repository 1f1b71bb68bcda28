package dev.millrace.ingest.cli;

import picocli.CommandLine;
import picocli.CommandLine.IFactory;

/** Hands the commands of this package their connections; everything else is picocli's business. */
final class CommandFactory implements IFactory {

  private final Connections connections;
  private final IFactory others = CommandLine.defaultFactory();

  CommandFactory(Connections connections) {
    this.connections = connections;
  }

  @Override
  public <K> K create(Class<K> type) throws Exception {
    if (type == PushDocumentsCommand.class) {
      return type.cast(new PushDocumentsCommand(connections));
    }
    if (type == PushPromptsCommand.class) {
      return type.cast(new PushPromptsCommand(connections));
    }
    if (type == DeleteDocumentCommand.class) {
      return type.cast(new DeleteDocumentCommand(connections));
    }
    return others.create(type);
  }
}
