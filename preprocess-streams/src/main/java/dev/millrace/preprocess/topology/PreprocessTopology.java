package dev.millrace.preprocess.topology;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.Topics;
import dev.millrace.contracts.registry.SchemaRegistry;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.Topology;

/**
 * {@code documents} in; {@code chunks} and {@code dead-letters} out. Records are read as bytes, so
 * that those which cannot be decoded are handled like any other failure.
 */
public final class PreprocessTopology {

  /** Name of the stage in dead letters and metrics. */
  public static final String STAGE = "preprocess";

  static final String CHUNKS_SINK = "chunks";
  static final String DEAD_LETTERS_SINK = "dead-letters";
  private static final String SOURCE = "documents";
  private static final String PROCESSOR = "preprocess";

  private PreprocessTopology() {}

  /** Builds the topology; every call gives a fresh one over the same parts. */
  public static Topology build(Topics topics, SchemaRegistry registry, PreprocessParts parts) {
    var documents = new AvroSerde<>(registry, topics.documents());
    var chunks = new AvroSerde<>(registry, topics.chunks());
    var topology = new Topology();
    topology.addSource(
        AutoOffsetReset.earliest(),
        SOURCE,
        // A producer's clock may give anything; a negative time would end the stream.
        (record, partitionTime) -> Math.max(0, record.timestamp()),
        new ByteArrayDeserializer(),
        new ByteArrayDeserializer(),
        topics.documents().name());
    topology.addProcessor(PROCESSOR, () -> new DocumentProcessor(documents, chunks, parts), SOURCE);
    topology.addSink(
        CHUNKS_SINK,
        topics.chunks().name(),
        new ByteArraySerializer(),
        new ByteArraySerializer(),
        PROCESSOR);
    topology.addSink(
        DEAD_LETTERS_SINK,
        topics.deadLetters().name(),
        new ByteArraySerializer(),
        new ByteArraySerializer(),
        PROCESSOR);
    return topology;
  }
}
