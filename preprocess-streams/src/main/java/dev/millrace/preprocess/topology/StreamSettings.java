package dev.millrace.preprocess.topology;

import dev.millrace.contracts.Topics;
import dev.millrace.runtime.KafkaSettings;
import java.time.Duration;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.StreamsConfig;

/**
 * How the stream runs.
 *
 * @param threads stream threads of this process; more than partitions is of no use
 * @param commitInterval time between commits: a part of every document's latency
 * @param transactionTimeout after which the broker ends a transaction whose process is gone and not
 *     restarted under its name
 * @param sessionTimeout after which another process takes over the partitions of one that is gone
 * @param stateDir folder for the stream's own files
 */
public record StreamSettings(
    int threads,
    Duration commitInterval,
    Duration transactionTimeout,
    Duration sessionTimeout,
    String stateDir) {

  private static final int FEW_RECORDS = 16;
  private static final Duration POLL_AT_LEAST_EVERY = Duration.ofMinutes(10);

  /** Name of the consumer group, and of the application to Kafka Streams. */
  public static String applicationId(Topics topics) {
    return topics.prefix() + "preprocess";
  }

  /**
   * Properties for {@code KafkaStreams}.
   *
   * @param instance name of this process among those of the application
   */
  Properties properties(KafkaSettings kafka, Topics topics, String instance, KnownFaults faults) {
    String application = applicationId(topics);
    var all = new Properties();
    all.putAll(kafka.client(application + "-" + instance));
    all.put(StreamsConfig.APPLICATION_ID_CONFIG, application);
    all.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    all.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, threads);
    all.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, commitInterval.toMillis());
    all.put(StreamsConfig.STATE_DIR_CONFIG, stateDir);
    // Documents may be large: few of them wait in memory.
    all.put(StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG, FEW_RECORDS);
    all.put(StreamsConfig.PRODUCTION_EXCEPTION_HANDLER_CLASS_CONFIG, TooLargeHandler.class);
    all.put(TooLargeHandler.FAULTS, faults);

    var producer = kafka.producer(application);
    for (String name :
        new String[] {
          ProducerConfig.LINGER_MS_CONFIG,
          ProducerConfig.COMPRESSION_TYPE_CONFIG,
          ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
          ProducerConfig.BUFFER_MEMORY_CONFIG
        }) {
      all.put(StreamsConfig.producerPrefix(name), producer.get(name));
    }
    all.put(
        StreamsConfig.producerPrefix(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG),
        (int) transactionTimeout.toMillis());

    all.put(
        StreamsConfig.mainConsumerPrefix(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG),
        application + "-" + instance);
    all.put(
        StreamsConfig.mainConsumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG),
        (int) sessionTimeout.toMillis());
    all.put(
        StreamsConfig.mainConsumerPrefix(ConsumerConfig.MAX_POLL_INTERVAL_MS_CONFIG),
        (int) POLL_AT_LEAST_EVERY.toMillis());
    all.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), FEW_RECORDS);
    all.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.FETCH_MAX_BYTES_CONFIG), 16 << 20);
    return all;
  }
}
