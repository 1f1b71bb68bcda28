package dev.millrace.serving;

import java.time.Duration;
import java.util.Optional;

/**
 * A request that is not answered, with everything that its sender is told: the HTTP status, the
 * machine-readable type and code, the offending parameter and one sentence for a person.
 *
 * <p>Refusals are expected outcomes, so they carry no stack trace.
 */
public final class Refusal extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final int status;
  private final String type;
  private final String code;
  private final String param;
  private final Duration retryAfter;

  private Refusal(
      int status, String type, String code, String param, Duration retryAfter, String message) {
    super(message, null, false, false);
    this.status = status;
    this.type = type;
    this.code = code;
    this.param = param;
    this.retryAfter = retryAfter;
  }

  /** 400: the value of {@code param} (null: the whole body) cannot be used. */
  public static Refusal invalid(String param, String message) {
    return new Refusal(400, "invalid_request_error", "invalid_value", param, null, message);
  }

  /** 400: understood, but nothing here does it. */
  public static Refusal unsupported(String param, String message) {
    return new Refusal(400, "invalid_request_error", "unsupported_value", param, null, message);
  }

  /** 400: the conversation leaves no room for an answer. */
  public static Refusal tooLong(int tokens, int context) {
    return new Refusal(
        400,
        "invalid_request_error",
        "context_length_exceeded",
        "messages",
        null,
        "The conversation has %d tokens; the model reads %d, answer included."
            .formatted(tokens, context));
  }

  /** 401: no key, or one that is not known. */
  public static Refusal unauthorised(String message) {
    return new Refusal(401, "authentication_error", "invalid_api_key", null, null, message);
  }

  /** 403: known, but not allowed to do this. */
  public static Refusal forbidden(String message) {
    return new Refusal(403, "permission_error", "forbidden", null, null, message);
  }

  /** 404: there is no such thing, or the caller may not know of it. */
  public static Refusal notFound(String param, String message) {
    return new Refusal(404, "invalid_request_error", "not_found", param, null, message);
  }

  /** 404 in the shape that OpenAI clients know for a model that is not served. */
  public static Refusal unknownModel(String model, String known) {
    return new Refusal(
        404,
        "invalid_request_error",
        "model_not_found",
        "model",
        null,
        "The model '" + model + "' does not exist here. Served: " + known + ".");
  }

  /** 413: the body has more than {@code limit} bytes. */
  public static Refusal tooLarge(long limit) {
    return new Refusal(
        413,
        "invalid_request_error",
        "request_too_large",
        null,
        null,
        "The request body is larger than the limit of " + limit + " bytes.");
  }

  /** 415: the body is of a kind that is not read here. */
  public static Refusal unsupportedMedia(String message) {
    return new Refusal(415, "invalid_request_error", "unsupported_media_type", null, null, message);
  }

  /** 429: as many requests as allowed are at work and waiting. */
  public static Refusal overloaded(Duration retryAfter, String message) {
    return new Refusal(429, "rate_limit_error", "overloaded", null, retryAfter, message);
  }

  /** 429: the caller has sent more requests than it may. */
  public static Refusal tooFast(int perMinute, Duration retryAfter) {
    return new Refusal(
        429,
        "rate_limit_error",
        "rate_limit_exceeded",
        null,
        retryAfter,
        "More than %d requests a minute.".formatted(perMinute));
  }

  /** 503: something that the answer needs is away; the same request may succeed later. */
  public static Refusal unavailable(Duration retryAfter, String message) {
    return new Refusal(503, "unavailable_error", "service_unavailable", null, retryAfter, message);
  }

  /** 503: the answer took longer than a request may take. */
  public static Refusal deadline(Duration allowed) {
    return new Refusal(
        503,
        "unavailable_error",
        "deadline_exceeded",
        null,
        null,
        "No complete answer within " + allowed.toMillis() + " ms.");
  }

  /**
   * What another server says to the request: its own status and words.
   *
   * @param code and {@code param} as it gave them, or null
   */
  public static Refusal remote(int status, String type, String code, String param, String message) {
    return new Refusal(status, type, code, param, null, message);
  }

  /** 500: a fault of ours; {@code reference} finds its log line. */
  public static Refusal internal(String reference) {
    return new Refusal(
        500,
        "server_error",
        "internal_error",
        null,
        null,
        "The server failed on this request (reference " + reference + " in its log).");
  }

  /** Any other status that the container itself decides, such as 405. */
  public static Refusal ofStatus(int status, String message) {
    String type = status < 500 ? "invalid_request_error" : "server_error";
    return new Refusal(status, type, null, null, null, message);
  }

  public int status() {
    return status;
  }

  /** Kind of the error, never null. */
  public String type() {
    return type;
  }

  /** Finer than the type; null where there is none. */
  public String code() {
    return code;
  }

  /** The request field at fault; null where it is the whole request or none. */
  public String param() {
    return param;
  }

  /** How long to wait before the same request is worth sending again. */
  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(retryAfter);
  }
}
