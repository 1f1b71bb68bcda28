package dev.millrace.serving.console;

import dev.millrace.serving.Refusal;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;

/**
 * {@code /console}: pages, scripts and styles, all from this process. They hold no data, so anybody
 * may have them. The policy forbids inline scripts, other hosts and framing: what records say can
 * never become code.
 */
@Path("/console")
@RunOnVirtualThread
public class ConsolePages {

  static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
          + " font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
          + " require-trusted-types-for 'script'";

  private static final String CHARTS = "/META-INF/resources/webjars/uplot/1.6.30/dist/";

  /** File name to where it lies and what it is. */
  private static final Map<String, String> LIBRARY =
      Map.of("uplot.js", CHARTS + "uPlot.esm.js", "uplot.css", CHARTS + "uPlot.min.css");

  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html;charset=UTF-8",
          "css", "text/css;charset=UTF-8",
          "js", "text/javascript;charset=UTF-8",
          "svg", "image/svg+xml");

  @GET
  public Response start() {
    return file("/console/index.html");
  }

  @GET
  @Path("/{name:[a-z-]+\\.(css|js|svg)}")
  public Response own(@PathParam("name") String name) {
    return file("/console/" + name);
  }

  @GET
  @Path("/lib/{name:[a-z.]+}")
  public Response library(@PathParam("name") String name) {
    String file = LIBRARY.get(name);
    if (file == null) {
      throw Refusal.notFound(null, "There is nothing at this address.");
    }
    return file(file);
  }

  private static Response file(String resource) {
    try (InputStream in = ConsolePages.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw Refusal.notFound(null, "There is nothing at this address.");
      }
      return Response.ok(in.readAllBytes())
          .type(TYPES.get(resource.substring(resource.lastIndexOf('.') + 1)))
          .header("Content-Security-Policy", POLICY)
          .header("X-Content-Type-Options", "nosniff")
          .header("Referrer-Policy", "no-referrer")
          .header("Cross-Origin-Opener-Policy", "same-origin")
          .header("Cache-Control", "no-cache")
          .build();
    } catch (IOException e) {
      throw new UncheckedIOException(resource + " cannot be read", e);
    }
  }
}
