package dev.millrace.cli;

import dev.millrace.ingest.DocumentProducer;
import dev.millrace.ingest.PromptProducer;
import dev.millrace.ingest.cli.Connections;
import dev.millrace.runtime.StageContext;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import picocli.CommandLine;

/** Makes commands, and hands those of the ingest module their connections. */
final class Commands implements CommandLine.IFactory {

  private final CommandLine.IFactory others = CommandLine.defaultFactory();
  private final Connections connections;

  Commands(Main main) {
    this.connections =
        new Connections() {
          @Override
          public DocumentProducer documents() {
            return Producers.documents(
                StageContext.of(main.servers().settings(), new SimpleMeterRegistry()));
          }

          @Override
          public PromptProducer prompts() {
            return Producers.prompts(
                StageContext.of(main.servers().settings(), new SimpleMeterRegistry()));
          }

          @Override
          public Path stateFolder() {
            return main.servers().data().resolve("push");
          }
        };
  }

  @Override
  public <K> K create(Class<K> type) throws Exception {
    for (var constructor : type.getDeclaredConstructors()) {
      Class<?>[] parameters = constructor.getParameterTypes();
      if (parameters.length == 1 && parameters[0] == Connections.class) {
        constructor.setAccessible(true);
        return type.cast(constructor.newInstance(connections));
      }
    }
    return others.create(type);
  }
}
