package dev.millrace.ingest;

/**
 * Which log exactly records go to. A topic that was deleted and created again has another {@code
 * topicId}, a cluster that was set up afresh another {@code clusterId}: what was sent to the old
 * one is not in the new one.
 */
public record Destination(String clusterId, String topic, String topicId) {}
