package dev.millrace.preprocess.topology;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KafkaClientSupplier;

/**
 * Gives the producers transactional ids that outlive the process.
 *
 * <p>Kafka Streams keeps the id of a process beside its state stores. This topology has none, so
 * every start would get fresh ids, and the transactions of a killed process would block the readers
 * of its partitions until they time out. With stable ids the next start ends them at once.
 */
final class StableTransactions implements KafkaClientSupplier {

  private final String prefix;

  /**
   * @param prefix unique to this instance of the application
   */
  StableTransactions(String prefix) {
    this.prefix = prefix;
  }

  @Override
  public Producer<byte[], byte[]> getProducer(Map<String, Object> config) {
    var stable = new HashMap<>(config);
    Object id = config.get(ProducerConfig.TRANSACTIONAL_ID_CONFIG);
    if (id != null) {
      String text = id.toString(); // application-process-thread
      stable.put(
          ProducerConfig.TRANSACTIONAL_ID_CONFIG, prefix + text.substring(text.lastIndexOf('-')));
    }
    return new KafkaProducer<>(stable, new ByteArraySerializer(), new ByteArraySerializer());
  }

  @Override
  public Admin getAdmin(Map<String, Object> config) {
    return Admin.create(config);
  }

  @Override
  public Consumer<byte[], byte[]> getConsumer(Map<String, Object> config) {
    return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  @Override
  public Consumer<byte[], byte[]> getRestoreConsumer(Map<String, Object> config) {
    return getConsumer(config);
  }

  @Override
  public Consumer<byte[], byte[]> getGlobalConsumer(Map<String, Object> config) {
    return getConsumer(config);
  }
}
