package dev.millrace.serving.remote;

import dev.millrace.serving.chat.ChatBackend.Availability;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Looks now and then whether the other server answers at all, so that the list of models can say
 * when it is away. Requests are tried in any case.
 */
final class RemoteProbe implements AutoCloseable {

  private static final Duration WHILE_THERE = Duration.ofSeconds(30);
  private static final Duration WHILE_AWAY = Duration.ofSeconds(3);

  private final RemoteSettings settings;
  private final HttpClient client;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final Thread thread;
  private volatile String trouble = "it has not answered yet";

  RemoteProbe(RemoteSettings settings, HttpClient client) {
    this.settings = settings;
    this.client = client;
    this.thread = Thread.ofVirtual().name("remote-probe").unstarted(this::watch);
  }

  void start() {
    thread.start();
  }

  void answered() {
    trouble = "";
  }

  void silent(String reason) {
    trouble = "the remote server does not answer: " + reason;
  }

  Availability availability() {
    String now = trouble;
    return now.isEmpty()
        ? new Availability("", List.of(new Availability.Note("model", settings.model())))
        : Availability.away(now);
  }

  private void watch() {
    try {
      do {
        look();
      } while (!stopping.await(
          (trouble.isEmpty() ? WHILE_THERE : WHILE_AWAY).toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // closed
    }
  }

  /** Whatever status it has: somebody is there. */
  private void look() throws InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(settings.at("/models")).timeout(settings.connect()).GET();
    settings.apiKey().ifPresent(key -> request.header("Authorization", "Bearer " + key));
    try {
      client.send(request.build(), HttpResponse.BodyHandlers.discarding());
      answered();
    } catch (IOException e) {
      silent(RemoteBackend.reason(e));
    }
  }

  @Override
  public void close() {
    stopping.countDown();
    thread.interrupt();
  }
}
