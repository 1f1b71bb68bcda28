package dev.millrace.preprocess.parse;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.millrace.preprocess.document.RejectedException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** A document may name any address: parsing it asks none of them, nor reads a file it names. */
class NothingIsFetchedTest {

  private final List<String> asked = new CopyOnWriteArrayList<>();

  @Test
  void addresses_in_documents_are_not_asked_and_files_not_read() throws Exception {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          asked.add(exchange.getRequestURI().toString());
          exchange.sendResponseHeaders(404, -1);
          exchange.close();
        });
    server.start();
    String at = "http://127.0.0.1:" + server.getAddress().getPort();
    Map<String, String> documents =
        Map.of(
            "page.html",
            "<html><head><base href='%s/base/'><link rel=stylesheet href='%s/a.css'><script"
                + " src='%s/b.js'></script><meta http-equiv=refresh"
                + " content='0;url=%s/c'></head><body><img src='%s/d.png'><iframe"
                + " src='%s/e'></iframe><object data='%s/f'></object><p>Plain words.</p>",
            "page.xhtml",
            "<?xml version='1.0'?><!DOCTYPE html [<!ENTITY x SYSTEM '%s/entity'><!ENTITY f SYSTEM"
                + " 'file:///etc/passwd'>]><html xmlns='http://www.w3.org/1999/xhtml'><body><p>&x;"
                + " &f; words</p></body></html>",
            "data.xml",
            "<?xml version='1.0'?><!DOCTYPE d [<!ENTITY %% p SYSTEM '%s/dtd'> %%p; <!ENTITY f"
                + " SYSTEM 'file:///etc/passwd'>]><d>&f; words</d>",
            "drawing.svg",
            "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink'>"
                + "<image xlink:href='%s/g'/><text>words</text></svg>",
            "notes.md",
            "# Notes\n\n![x](%s/h.png) [y](%s/i)\n\nPlain words.\n");
    try (var parser = new ContainedParser(ParseLimits.DEFAULT, 1, 256)) {
      for (Map.Entry<String, String> document : documents.entrySet()) {
        String text = document.getValue().replace("%s", at).replace("%%", "%");
        var raw =
            new RawDocument(text.getBytes(UTF_8), Optional.empty(), Optional.of(document.getKey()));
        try {
          assertThat(parser.parse(raw).toString()).as(document.getKey()).doesNotContain("root:");
        } catch (RejectedException e) {
          assertThat(e.getMessage()).as(document.getKey()).doesNotContain("root:");
        }
      }
    } finally {
      server.stop(0);
    }
    assertThat(asked).isEmpty();
  }
}
