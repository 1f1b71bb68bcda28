package dev.millrace.learner.bench;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.management.OperatingSystemMXBean;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.util.Locale;

/** Lines for a person, and the same figures as one line of JSON at the end. */
final class Report {

  private final PrintStream out;
  private final ObjectNode json = new JsonMapper().createObjectNode();

  Report(PrintStream out, String bench) {
    this.out = out;
    json.put("bench", bench);
    json.put("java", Runtime.version().toString());
    json.put("cores", Runtime.getRuntime().availableProcessors());
  }

  void say(String format, Object... args) {
    out.println(String.format(Locale.ROOT, format, args));
  }

  ObjectNode figures() {
    return json;
  }

  void end() {
    out.println(json);
  }

  /** Four digits are more than repetition would give again. */
  static double rounded(double value) {
    return Math.round(value * 10_000) / 10_000.0;
  }

  /** Of this process, in seconds. */
  static double cpu() {
    var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return system.getProcessCpuTime() / 1e9;
  }
}
