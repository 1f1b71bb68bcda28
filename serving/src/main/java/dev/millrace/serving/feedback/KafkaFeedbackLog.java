package dev.millrace.serving.feedback;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.Topic;
import dev.millrace.contracts.avro.Feedback;
import dev.millrace.contracts.registry.RegistryException;
import dev.millrace.runtime.StageContext;
import dev.millrace.serving.Refusal;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.StringSerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Feedback in the topic {@code feedback}, by conversation; connected when the first comes, so a
 * server that is never told anything opens no connection.
 */
public final class KafkaFeedbackLog implements FeedbackLog {

  private static final Logger LOG = LoggerFactory.getLogger(KafkaFeedbackLog.class);
  private static final Duration DEADLINE = Duration.ofSeconds(10);
  private static final Duration SOON = Duration.ofSeconds(2);

  private final StageContext context;
  private Producer<String, Feedback> producer;
  private boolean closed;

  public KafkaFeedbackLog(StageContext context) {
    this.context = context;
  }

  @Override
  public void append(Feedback feedback) throws InterruptedException {
    Topic<Feedback> topic = context.topics().feedback();
    try {
      producer()
          .send(new ProducerRecord<>(topic.name(), feedback.getConversationId(), feedback))
          .get(DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException | KafkaException | RegistryException e) {
      LOG.warn("stage=serving feedback was not kept reason=\"{}\"", e.toString());
      throw Refusal.unavailable(SOON, "The feedback could not be kept. Try again shortly.");
    }
  }

  private synchronized Producer<String, Feedback> producer() {
    if (closed) {
      throw Refusal.unavailable(SOON, "The server is stopping.");
    }
    if (producer == null) {
      int deadline = Math.toIntExact(DEADLINE.toMillis());
      Map<String, Object> settings = context.kafka().producer("millrace-feedback");
      settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, deadline);
      settings.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, deadline / 2);
      settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, deadline);
      settings.put(ProducerConfig.LINGER_MS_CONFIG, 0);
      settings.put(ProducerConfig.BUFFER_MEMORY_CONFIG, 32L << 20);
      producer =
          new KafkaProducer<>(
              settings,
              new StringSerializer(),
              new AvroSerde<>(context.registry(), context.topics().feedback()).serializer());
    }
    return producer;
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (producer != null) {
      producer.close(Duration.ofSeconds(5));
      producer = null;
    }
  }
}
