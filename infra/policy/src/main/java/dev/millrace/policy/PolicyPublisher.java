package dev.millrace.policy;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.avro.PolicyVersion;
import dev.millrace.contracts.avro.WeightsKind;
import dev.millrace.models.checkpoint.ModelDirectory;
import dev.millrace.models.checkpoint.Tensor;
import dev.millrace.runtime.KafkaSettings;
import dev.millrace.runtime.StageContext;
import io.micrometer.core.instrument.Timer;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;

/**
 * Writes a version to the log inside the caller's transaction: its bytes to {@code policy-weights},
 * then, when the broker has them, its manifest to {@code policy-versions}. For one thread.
 */
public final class PolicyPublisher {

  /** Of one record of {@code policy-weights}. */
  static final int RECORD_BYTES = 4 << 20;

  /** A larger file is no part of the manifest, which everybody reads at once. */
  static final int INLINE_BYTES = 64 << 10;

  static final int PARTITION = 0;

  private final StageContext context;
  private final AvroSerde<PolicyVersion> serde;
  private final Duration patience;
  private byte[] chunk = new byte[0];

  public PolicyPublisher(StageContext context) {
    this.context = context;
    this.serde = new AvroSerde<>(context.registry(), context.topics().policyVersions());
    this.patience = PolicySettings.from(context.settings()).publishDeadline();
  }

  /**
   * Settings of a producer that carries weights beside small records. The caller adds its {@code
   * transactional.id} and {@code transaction.timeout.ms}.
   */
  public static Map<String, Object> producerSettings(KafkaSettings kafka, String clientId) {
    Map<String, Object> map = kafka.producer(clientId);
    map.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "none"); // float weights do not get smaller
    map.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, 2 * RECORD_BYTES);
    map.put(ProducerConfig.BUFFER_MEMORY_CONFIG, 32L * RECORD_BYTES);
    // The last record of a version is smaller than a batch: nobody is to wait for more.
    map.put(ProducerConfig.LINGER_MS_CONFIG, 0);
    map.put(ProducerConfig.SEND_BUFFER_CONFIG, -1);
    return map;
  }

  /**
   * Sends weights and manifest; committing is the caller's. The draft's memory is no longer read
   * when this returns or throws.
   *
   * @param inTransaction made with {@link #producerSettings}, its transaction begun
   * @return the manifest that was sent
   * @throws PolicyException if the draft has a NaN or the broker has not acknowledged in time: the
   *     caller aborts the transaction
   * @throws org.apache.kafka.common.KafkaException as the producer raised it, {@link
   *     org.apache.kafka.common.errors.ProducerFencedException} among them
   */
  public PolicyVersion publish(Producer<byte[], byte[]> inTransaction, PolicyDraft draft) {
    Timer.Sample timer = Timer.start();
    String what = "version %d of policy %s".formatted(draft.version(), draft.policy());
    if (draft.kind() != WeightsKind.FULL) {
      throw new PolicyException(
          PolicyException.Reason.NOT_SUPPORTED,
          what + " is of the kind " + draft.kind() + ": only FULL can be published");
    }
    List<Tensor> tensors =
        draft.tensors().stream().map(tensor -> CastTensor.of(tensor, draft.type())).toList();
    Manifests.requireFit(what, draft.files().config(), tensors);
    Map<String, String> inline = new TreeMap<>();
    Map<String, byte[]> attached = new TreeMap<>();
    split(draft.files(), inline, attached);
    WeightsBytes bytes = new WeightsBytes(tensors, attached);
    if (bytes.tensorLength() == 0) {
      throw new IllegalArgumentException(what + " has no weights");
    }
    Deadline deadline = Deadline.in(patience);
    byte[] key = Keys.of(draft.policy(), draft.version());
    Sent sent;
    String sha256;
    try (DigestTask digest = DigestTask.start("policy-digest-" + draft.policy(), bytes.tensors())) {
      sent = send(inTransaction, key, bytes, draft.type(), deadline, what);
      sha256 = digest.await(deadline, what);
    }
    PolicyVersion manifest =
        PolicyVersion.newBuilder()
            .setPolicy(draft.policy())
            .setVersion(draft.version())
            .setRun(draft.run())
            .setStep(draft.step())
            .setKind(draft.kind())
            .setBaseVersion(draft.baseVersion())
            .setPartition(PARTITION)
            .setFirstOffset(sent.first())
            .setLastOffset(sent.last())
            .setBytes(bytes.length())
            .setSha256(sha256)
            .setDtype(draft.type().tensorType().name())
            .setTensors(bytes.entries())
            .setFiles(inline)
            .setAttached(bytes.attached())
            .setPublishedAt(System.currentTimeMillis())
            .build();
    inTransaction.send(
        new ProducerRecord<>(
            context.topics().policyVersions().name(), PARTITION, key, serde.write(manifest)));
    timer.stop(context.meters().timer("millrace_policy_publication", "policy", draft.policy()));
    return manifest;
  }

  private static void split(
      PolicyFiles files, Map<String, String> inline, Map<String, byte[]> attached) {
    files
        .files()
        .forEach(
            (name, content) -> {
              Optional<String> text =
                  content.length <= INLINE_BYTES || name.equals(ModelDirectory.CONFIG)
                      ? text(content)
                      : Optional.empty();
              text.ifPresentOrElse(t -> inline.put(name, t), () -> attached.put(name, content));
            });
  }

  /** Empty for bytes that would not come back as they are. */
  private static Optional<String> text(byte[] content) {
    try {
      return Optional.of(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString());
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }

  private record Sent(long first, long last) {}

  private Sent send(
      Producer<byte[], byte[]> producer,
      byte[] key,
      WeightsBytes bytes,
      WeightsType type,
      Deadline deadline,
      String what) {
    String topic = context.topics().policyWeights().name();
    List<Future<RecordMetadata>> acks = new ArrayList<>();
    for (long at = 0; at < bytes.length(); at += RECORD_BYTES) {
      int count = (int) Math.min(RECORD_BYTES, bytes.length() - at);
      // The producer copies a record into its buffers before send() returns, so one array serves
      // for all of them, and what it was filled from may change afterwards.
      if (chunk.length != count) {
        chunk = new byte[count];
      }
      bytes.copy(at, chunk, count);
      int weights = (int) Math.min(count, Math.max(0, bytes.tensorLength() - at));
      if (!WeightsBytes.isFinite(chunk, weights, type.tensorType())) {
        throw new PolicyException(
            PolicyException.Reason.UNFIT,
            what + " has a NaN or an infinity in its weights: it is not published");
      }
      acks.add(producer.send(new ProducerRecord<>(topic, PARTITION, key, chunk)));
      if (deadline.passed()) {
        throw late(what, acks.size(), bytes, deadline);
      }
    }
    long first = Long.MAX_VALUE;
    long last = -1;
    for (int i = 0; i < acks.size(); i++) {
      long offset = offset(acks.get(i), deadline, () -> late(what, acks.size(), bytes, deadline));
      first = Math.min(first, offset);
      last = Math.max(last, offset);
    }
    return new Sent(first, last);
  }

  private static PolicyException late(
      String what, int records, WeightsBytes bytes, Deadline deadline) {
    return new PolicyException(
        PolicyException.Reason.TIMEOUT,
        "%s: the broker has not acknowledged its %d bytes within %s (%d records sent)"
            .formatted(what, bytes.length(), deadline, records));
  }

  private static long offset(
      Future<RecordMetadata> ack,
      Deadline deadline,
      java.util.function.Supplier<PolicyException> late) {
    try {
      return ack.get(deadline.left().toNanos(), TimeUnit.NANOSECONDS).offset();
    } catch (TimeoutException e) {
      throw late.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new KafkaException("weights were not acknowledged: " + e.getCause(), e.getCause());
    } catch (InterruptedException e) {
      throw new InterruptException("interrupted while weights were acknowledged", e);
    }
  }
}
