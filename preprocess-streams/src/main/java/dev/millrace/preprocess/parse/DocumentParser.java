package dev.millrace.preprocess.parse;

import dev.millrace.preprocess.document.ParsedDocument;
import dev.millrace.preprocess.document.RejectedException;

/** A function from bytes to blocks of text, within limits. Safe for several threads. */
public interface DocumentParser extends AutoCloseable {

  /**
   * Parses {@code document}; returns within its time limit.
   *
   * @throws RejectedException when there is nothing to be had from it, with the reason
   */
  ParsedDocument parse(RawDocument document);

  @Override
  void close();
}
