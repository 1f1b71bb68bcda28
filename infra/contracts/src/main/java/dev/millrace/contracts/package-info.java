/**
 * What flows between the stages: topics, their settings and the records on them.
 *
 * <p>This package imports nothing else of ours. Records are Avro in Confluent wire format; the
 * schemas stand in {@code src/main/avro}, one file a topic.
 */
package dev.millrace.contracts;
