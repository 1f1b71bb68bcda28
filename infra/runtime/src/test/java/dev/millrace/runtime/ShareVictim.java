package dev.millrace.runtime;

import java.util.concurrent.CountDownLatch;

/** A process that takes records, says so, and never finishes: to be killed. */
final class ShareVictim {

  private ShareVictim() {}

  public static void main(String[] args) throws InterruptedException {
    var shared = new ShareTopic(args[0], args[1]);
    var never = new CountDownLatch(1);
    shared.start(
        1,
        4,
        delivery -> {
          System.out.println("holds " + delivery.value());
          never.await();
        });
    never.await();
  }
}
