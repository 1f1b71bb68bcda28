package dev.millrace.serving.http;

import dev.millrace.serving.Refusal;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** Gives every error of every resource the shape that OpenAI clients read. */
class ErrorMappers {

  @ServerExceptionMapper
  Response refusal(Refusal refusal) {
    return response(refusal);
  }

  @ServerExceptionMapper
  Response byContainer(WebApplicationException e) {
    int status = e.getResponse().getStatus();
    if (status < 400 || e.getResponse().hasEntity()) {
      return e.getResponse();
    }
    return response(Refusal.ofStatus(status, sentence(status)));
  }

  @ServerExceptionMapper
  Response fault(RuntimeException e) {
    return response(ErrorBody.refusal(e));
  }

  static Response response(Refusal refusal) {
    Response.ResponseBuilder response =
        Response.status(refusal.status())
            .type(MediaType.APPLICATION_JSON_TYPE)
            .entity(Json.write(ErrorBody.of(refusal)));
    refusal
        .retryAfter()
        .ifPresent(wait -> response.header(HttpHeaders.RETRY_AFTER, Math.max(1, wait.toSeconds())));
    if (refusal.status() == 401) {
      response.header(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
    }
    if (refusal.status() == 413) {
      response.header("Connection", "close");
    }
    return response.build();
  }

  private static String sentence(int status) {
    Response.Status known = Response.Status.fromStatusCode(status);
    return switch (status) {
      case 404 -> "There is nothing at this address.";
      case 405 -> "This address does not take this method.";
      case 413 -> "The request body is too large.";
      case 415 -> "The body has to be JSON: send Content-Type: application/json.";
      default -> known == null ? "The request failed." : known.getReasonPhrase() + ".";
    };
  }
}
