package dev.millrace.ingest.source;

/** Something that offers documents, and offers the same ones under the same ids again. */
public interface DocumentSource {

  /** What it is known by from one push to the next, such as the absolute path of a folder. */
  String name();

  /** Bytes that it will report as progress, for a progress bar; -1 when nobody knows. */
  long size();

  /** Visits everything. What goes wrong is a fault to the visitor, not an exception. */
  void visit(Visitor visitor);
}
