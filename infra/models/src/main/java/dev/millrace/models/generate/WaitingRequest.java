package dev.millrace.models.generate;

/** A request and how many of its copies have been started. */
final class WaitingRequest {

  final GenerationRequest request;
  final GenerationListener listener;
  int started;
  boolean dead;

  WaitingRequest(GenerationRequest request, GenerationListener listener) {
    this.request = request;
    this.listener = listener;
  }

  int remaining() {
    return request.copies() - started;
  }
}
