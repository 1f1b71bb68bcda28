package dev.millrace.models.bench;

import ai.djl.pytorch.jni.JniUtils;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * How many operators of libtorch a piece of work calls and how much of its time passes outside of
 * them: in Java, in the native interface, in the interpreter of scripts. Read from libtorch's own
 * recording, which costs about as much as a small operator and counts as outside: the share is an
 * upper bound.
 *
 * @param operators calls that are not made by another operator
 * @param outside share of the time that passes outside of operators
 */
record OperatorShare(long operators, double outside) {

  private record Span(double from, double to) {}

  /** Records some work; its first run should be over. */
  static OperatorShare of(Runnable work) {
    Path trace = null;
    try {
      trace = Files.createTempFile("operators", ".json");
      JniUtils.startProfile(false, false, false);
      long before = System.nanoTime();
      double micros;
      try {
        work.run();
      } finally {
        micros = (System.nanoTime() - before) / 1e3;
        JniUtils.stopProfile(trace.toString());
      }
      return of(spans(trace), micros);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read libtorch's recording", e);
    } finally {
      delete(trace);
    }
  }

  private static OperatorShare of(List<Span> spans, double micros) {
    spans.sort(Comparator.comparingDouble(Span::from));
    double end = Double.NEGATIVE_INFINITY;
    double inside = 0;
    long operators = 0;
    for (Span span : spans) {
      if (span.from() >= end) {
        inside += span.to() - span.from();
        end = span.to();
        operators++;
      }
    }
    return new OperatorShare(operators, 1 - inside / micros);
  }

  private static List<Span> spans(Path trace) throws IOException {
    List<Span> out = new ArrayList<>();
    try (JsonParser json = new JsonFactory().createParser(trace.toFile())) {
      String name = "";
      double from = 0;
      while (json.nextToken() != null) {
        if (json.currentToken() == JsonToken.FIELD_NAME) {
          String field = json.currentName();
          json.nextToken();
          switch (field) {
            case "name" -> name = json.getText();
            case "ts" -> from = json.getDoubleValue();
            case "dur" -> {
              // Operators have a namespace; methods of scripts, which are recorded, too, have none.
              if (name.contains("::")) {
                out.add(new Span(from, from + json.getDoubleValue()));
              }
            }
            default -> json.skipChildren();
          }
        }
      }
    }
    return out;
  }

  private static void delete(Path file) {
    if (file != null) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        throw new UncheckedIOException("cannot delete " + file, e);
      }
    }
  }
}
