package dev.millrace.preprocess.parse;

import dev.millrace.preprocess.document.Reason;
import dev.millrace.preprocess.document.RejectedException;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.SynchronousQueue;

/**
 * The process that parses risky formats, one document at a time, from standard input to standard
 * output. It ends when its input does: it cannot outlive its parent, not even while it parses.
 */
public final class ParserChild {

  private static final int BUFFER = 64 << 10;
  private static final int PARENT_GONE = 0;
  private static final int BROKEN = 4;

  /** What the JVM itself ends with; some classes throw the error without asking the JVM. */
  static final int OUT_OF_MEMORY = 3;

  private ParserChild() {}

  /**
   * @param arguments the limits: bytes, characters, depth, parts
   */
  public static void main(String[] arguments) {
    var out =
        new DataOutputStream(
            new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), BUFFER));
    System.setOut(System.err); // what a library prints must not stand among the answers
    var limits =
        new ParseLimits(
            Integer.parseInt(arguments[0]),
            Integer.parseInt(arguments[1]),
            Integer.parseInt(arguments[2]),
            Integer.parseInt(arguments[3]),
            Duration.ofDays(1));
    var documents = new SynchronousQueue<RawDocument>();
    Thread.ofPlatform().name("requests").daemon().start(() -> read(documents));
    try {
      answer(documents, out, new LocalParser(limits));
    } catch (IOException e) {
      Runtime.getRuntime().halt(PARENT_GONE);
    } catch (OutOfMemoryError e) {
      Runtime.getRuntime().halt(OUT_OF_MEMORY);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      Runtime.getRuntime().halt(BROKEN);
    }
  }

  private static void read(SynchronousQueue<RawDocument> documents) {
    try (var in = new DataInputStream(new BufferedInputStream(System.in, BUFFER))) {
      while (true) {
        documents.put(ChildFrames.readDocument(in));
      }
    } catch (IOException e) {
      Runtime.getRuntime().halt(PARENT_GONE);
    } catch (OutOfMemoryError e) {
      Runtime.getRuntime().halt(OUT_OF_MEMORY);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void answer(
      SynchronousQueue<RawDocument> documents, DataOutputStream out, LocalParser parser)
      throws IOException, InterruptedException {
    out.writeInt(ChildFrames.READY);
    out.flush();
    while (true) {
      RawDocument document = documents.take();
      try {
        ChildFrames.writeParsed(out, parser.parse(document));
      } catch (RejectedException e) {
        ChildFrames.writeRejection(out, e);
      } catch (StackOverflowError e) {
        var why = new RejectedException(Reason.PARSE_DEPTH, "nested too deep for the parser");
        ChildFrames.writeRejection(out, why);
      } catch (LinkageError | RuntimeException e) {
        // A parser's fault, or ours; the parent should know which.
        var why = new RejectedException(Reason.PARSE_CRASH, "the parser failed: " + e);
        ChildFrames.writeRejection(out, why);
      }
    }
  }
}
