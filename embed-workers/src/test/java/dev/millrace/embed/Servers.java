package dev.millrace.embed;

/** Addresses of the servers that a test runs against. */
record Servers(String kafka, String registry, String opensearch) {

  static Servers fromProperties() {
    return new Servers(
        System.getProperty("millrace.test.kafka"),
        System.getProperty("millrace.test.registry"),
        System.getProperty("millrace.test.opensearch"));
  }
}
