package dev.millrace.ingest.cli;

import dev.millrace.ingest.DocumentProducer;
import dev.millrace.ingest.PromptProducer;
import java.nio.file.Path;

/**
 * What the commands need from the program that they are part of. They are handed it in their
 * constructor, and ask only when they run.
 */
public interface Connections {

  /**
   * A new producer of documents; the command closes it.
   *
   * @throws RuntimeException whose message is one line for a person, when it cannot be had
   */
  DocumentProducer documents();

  /** A new producer of prompts; like {@link #documents}. */
  PromptProducer prompts();

  /** Where journals are kept, for example {@code .millrace/push}. */
  Path stateFolder();
}
