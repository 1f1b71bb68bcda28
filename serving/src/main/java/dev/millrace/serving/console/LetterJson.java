package dev.millrace.serving.console;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.monitor.deadletter.Letter;
import dev.millrace.monitor.deadletter.Outcome;
import dev.millrace.monitor.deadletter.Redriven;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/** Dead letters as JSON. Bytes as hexadecimal figures and as text, the first of them only. */
final class LetterJson {

  private static final int SHOWN = 4_096;
  private static final int LINE = 16;

  private LetterJson() {}

  static ObjectNode of(Letter letter) {
    ObjectNode json =
        Wire.object()
            .put("id", letter.id().toString())
            .put("writtenAt", letter.writtenAt())
            .put("origin", letter.origin())
            .put("originPartition", letter.originPartition())
            .put("originOffset", letter.originOffset())
            .put("key", letter.key())
            .put("stage", letter.stage())
            .put("reason", letter.reason())
            .put("error", letter.error())
            .put("bytes", letter.valueBytes());
    letter.redriven().ifPresent(redriven -> json.set("redriven", redriven(redriven)));
    return json;
  }

  static ObjectNode opened(Letter.Opened opened) {
    ObjectNode json = of(opened.letter());
    ArrayNode headers = json.putArray("headers");
    opened
        .headers()
        .forEach(
            header -> headers.addObject().put("name", header.name()).put("value", header.value()));
    if (opened.value() != null) {
      byte[] shown = Arrays.copyOf(opened.value(), Math.min(SHOWN, opened.value().length));
      json.put("text", new String(shown, StandardCharsets.UTF_8));
      json.put("hex", dump(shown));
      json.put("cut", shown.length < opened.value().length);
    }
    return json;
  }

  private static String dump(byte[] bytes) {
    var out = new StringBuilder();
    for (int i = 0; i < bytes.length; i += LINE) {
      byte[] line = Arrays.copyOfRange(bytes, i, Math.min(bytes.length, i + LINE));
      var text = new StringBuilder();
      for (byte b : line) {
        text.append(b >= 32 && b < 127 ? (char) b : '.');
      }
      out.append(
          "%06x  %-47s  %s%n".formatted(i, HexFormat.ofDelimiter(" ").formatHex(line), text));
    }
    return out.toString();
  }

  private static ObjectNode redriven(Redriven redriven) {
    return Wire.object()
        .put("topic", redriven.topic())
        .put("partition", redriven.partition())
        .put("offset", redriven.offset())
        .put("by", redriven.actor())
        .put("at", redriven.at());
  }

  static ObjectNode of(Outcome outcome) {
    String kind =
        switch (outcome) {
          case Outcome.Sent sent -> "sent";
          case Outcome.Already already -> "already";
          case Outcome.Superseded superseded -> "superseded";
          case Outcome.Impossible impossible -> "impossible";
        };
    return Wire.object()
        .put("id", outcome.letter().toString())
        .put("kind", kind)
        .put("sentence", outcome.sentence());
  }
}
